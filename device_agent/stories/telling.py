"""Tells a story: does its steps one by one, on the real window, and takes pictures."""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import assert_never

from contracts.fields import DeviceKind, Language
from contracts.messages import wire_type
from device_agent.core.conditions import FULL_STORAGE_BYTES, LOW_STORAGE_BYTES, Storage
from device_agent.settings import Shape
from device_agent.stories.cast import lent_to, replanned, visit
from device_agent.stories.errors import StoryError, StoryFailed, unwritable
from device_agent.stories.stage import DEVICE, Stage, staged
from device_agent.stories.story import (
    BindHere,
    Condition,
    Crown,
    Expect,
    GiveBack,
    GoOffline,
    GoOnline,
    Hold,
    Lend,
    Offer,
    Press,
    Refuse,
    Release,
    Replan,
    SetPin,
    Shot,
    Step,
    Story,
    Swipe,
    Taken,
    Tap,
    Turn,
    Type,
    Wait,
    Withdraw,
)
from device_agent.ui.capture import save
from device_agent.ui.hand import Hand
from device_agent.ui.theme import Geometry

HubStep = (
    Offer | Taken | Withdraw | Replan | Lend | GiveBack | BindHere | GoOffline | GoOnline | Refuse | Hold | Release
)
TouchStep = Tap | Swipe | Crown | Press | Type
DeviceStep = Turn | Condition | SetPin

PATIENCE_S = 20.0
_FREE = {
    Storage.OK: 10 * LOW_STORAGE_BYTES,
    Storage.LOW: (FULL_STORAGE_BYTES + LOW_STORAGE_BYTES) // 2,
    Storage.FULL: FULL_STORAGE_BYTES // 2,
}

LEAP_S = 10.0
"""Time passes in leaps of at most this, so that a heartbeat is never missed."""


class Telling:
    """One telling of a story. ``shots`` null takes no pictures."""

    def __init__(
        self,
        story: Story,
        stage: Stage,
        hand: Hand,
        *,
        origin: str,
        geometry: Geometry,
        language: Language,
        shots: Path | None,
    ) -> None:
        self._story = story
        self._stage = stage
        self._hand = hand
        self._origin = origin
        self._geometry = geometry
        self._language = language
        self._shots = shots
        self.pictures: list[Path] = []

    async def tell(self) -> None:
        """All the steps; raises ``StoryFailed`` where one can't be done or what it expects doesn't come."""
        if self._story.bound is not None:
            self._stage.hub.bind(self._story.bound)
        await self._settle("the start")
        for number, step in enumerate(self._story.steps, 1):
            where = f"{self._origin}: step {number} ({step.__struct_config__.tag})"
            try:
                await self._do(step, where)
            except StoryFailed:
                await self._hand.settle()
                self._save(f"failed-at-step-{number}")
                raise
            except StoryError as error:
                raise StoryFailed(f"{where}: {error}") from error

    async def _do(self, step: Step, where: str) -> None:
        match step:
            case Shot():
                await self._hand.settle()
                self._save(step.name)
                return
            case Expect():
                await self._expect(step, where)
                return
            case Wait():
                await self._pass_time(step.seconds)
            case Tap() | Swipe() | Crown() | Press() | Type():
                await self._touch(step, where)
            case Turn() | Condition() | SetPin():
                self._handle(step)
                self._hand.app.refresh()  # as it does every second by itself
            case _:
                self._by_hub(step)
        await self._settle(where)

    def _by_hub(self, step: HubStep) -> None:
        hub, now = self._stage.hub, self._stage.clock.now()
        match step:
            case Offer():
                branch = hub.binding.branch if hub.binding else ""
                hub.offer(visit(self._story.customer(step.customer), branch=branch, now=now))
            case Taken():
                hub.taken(self._story.customer(step.customer).task, step.by)
            case Withdraw():
                hub.withdraw(self._story.customer(step.customer).task, step.reason)
            case Replan():
                customer = self._story.customer(step.customer)
                view = hub.tasks.get(customer.task)
                if view is None:
                    raise StoryError(f"{step.customer} isn't with the device: offer their visit first")
                hub.update(replanned(view, customer, step.products, step.moved, now=now))
            case Lend():
                hub.lend(lent_to(step, self._language))
            case GiveBack():
                hub.lend(None)
            case BindHere():
                hub.bind(step.branch)
            case GoOffline():
                self._stage.go_offline()
            case GoOnline():
                self._stage.go_online()
            case Refuse():
                hub.refuse_next(step.type, step.code)
            case Hold():
                hub.holding = True
            case Release():
                hub.release()
            case _:
                assert_never(step)

    async def _touch(self, step: TouchStep, where: str) -> None:
        match step:
            case Tap():
                name = step.name.replace("{language}", self._language.value)
                if not await self._hand.tap(name):
                    there = ", ".join(self._hand.named)
                    raise StoryFailed(f"{where}: nothing called {name!r} on page {self._hand.page}: there is {there}")
            case Swipe():
                await self._hand.swipe(step.to)
            case Crown():
                await self._hand.crown(step.by)
            case Press():
                await self._hand.press()
            case Type():
                if not await self._hand.type(step.text):
                    raise StoryFailed(f"{where}: page {self._hand.page} has no line to type")
            case _:
                assert_never(step)

    def _handle(self, step: DeviceStep) -> None:
        agent = self._stage.agent
        match step:
            case Turn():
                agent.wrist(step.to)
            case SetPin():
                agent.set_pin(step.set)
            case Condition():
                sensors = self._stage.sensors
                if step.battery is not None:
                    sensors.battery(step.battery, charging=step.charging)
                if step.storage is not None:
                    sensors.free(_FREE[step.storage])
                if step.certificate_hours is not None:
                    sensors.certificate(self._stage.clock.now() + timedelta(hours=step.certificate_hours))
                if step.update is not None or step.updated:
                    sensors.updating(None if step.updated else step.update)
            case _:
                assert_never(step)

    async def _pass_time(self, seconds: float) -> None:
        leap = 1.0 if seconds <= 60 else LEAP_S
        left = seconds
        while left > 0:
            self._stage.clock.pass_time(min(leap, left))
            left -= leap
            self._hand.app.refresh()
            for _ in range(12):  # a heartbeat goes up and its answer comes down
                await asyncio.sleep(0)
        await self._hand.frames(2)

    async def _settle(self, where: str) -> None:
        """Until both sides have said all, and it is on the glass."""
        if not await self._hand.until(lambda: self._stage.settled or self._stage.fault is not None, seconds=PATIENCE_S):
            raise StoryFailed(f"{where}: hub and device never came to rest: is the hub to be released first?")
        if self._stage.fault is not None:
            raise StoryFailed(f"{where}: {self._stage.fault}")
        await self._hand.frames(2)

    async def _expect(self, step: Expect, where: str) -> None:
        for wanted, holds, there_is in self._wanted(step):
            if not await self._hand.until(holds):
                raise StoryFailed(f"{where}: expected {wanted}; there is {there_is()}")
        if step.sent is not None:
            received = self._stage.hub.received
            while wire_type(type(received.popleft())) != step.sent:
                pass

    def _wanted(self, step: Expect) -> list[tuple[str, Callable[[], bool], Callable[[], str]]]:
        """What is expected: its name, whether it holds, and what to say there is when it doesn't."""
        hand, stage, story = self._hand, self._stage, self._story
        found: list[tuple[str, Callable[[], bool], Callable[[], str]]] = []

        def on_glass() -> str:
            return f"page {hand.page} with {' | '.join(hand.texts)}"

        def things() -> str:
            return f"page {hand.page} with {', '.join(hand.named)}"

        def sent() -> str:
            return ", ".join(wire_type(type(message)) for message in stage.hub.received) or "nothing new"

        def felt() -> str:
            return ", ".join(sorted(stage.felt)) or "no alert"

        page, text, gone, thing, nothing = step.page, step.text, step.gone, step.thing, step.nothing
        if page is not None:
            found.append((f"page {page}", lambda: hand.page == page, on_glass))
        if text is not None:
            found.append((f"the text {text!r}", lambda: any(text in each for each in hand.texts), on_glass))
        if gone is not None:
            found.append((f"no text {gone!r}", lambda: not any(gone in each for each in hand.texts), on_glass))
        if thing is not None:
            found.append((f"something called {thing}", lambda: thing in hand.named, things))
        if nothing is not None:
            found.append((f"nothing called {nothing}", lambda: nothing not in hand.named, things))
        if step.sent is not None:
            wire = step.sent
            found.append((f"{wire} sent", lambda: any(wire_type(type(m)) == wire for m in stage.hub.received), sent))
        if step.alert is not None:
            alerted = story.customer(step.alert).task
            found.append((f"an alert for {step.alert}", lambda: alerted in stage.felt, felt))
        if step.silent is not None:
            silent = story.customer(step.silent).task
            found.append((f"no alert for {step.silent}", lambda: silent not in stage.felt, felt))
        if step.summoned is not None:
            calls = list(step.summoned)
            found.append((f"summoned by {calls}", lambda: stage.summoned == calls, lambda: str(stage.summoned)))
        if step.badge is not None:
            badge = step.badge
            found.append((f"badge {badge}", lambda: stage.agent.state.book.badge == badge, on_glass))
        return found

    def _save(self, name: str) -> None:
        if self._shots is not None:
            path = self._shots / f"{len(self.pictures) + 1:02d}-{name}.png"
            try:
                save(self._geometry, path)
            except OSError as error:
                raise unwritable(path, error) from error
            self.pictures.append(path)


async def tell(
    story: Story, *, origin: str, kind: DeviceKind, shape: Shape, language: Language, shots: Path | None
) -> list[Path]:
    """Tell the story in the window that this process has; the pictures, in order. Raises ``StoryError``.

    Run it in a :class:`~device_agent.stories.clock.StoryLoop`.
    """
    from device_agent.texts import load_catalogue
    from device_agent.ui.app import WristApp
    from device_agent.ui.theme import GEOMETRIES

    geometry = GEOMETRIES[shape]
    with tempfile.TemporaryDirectory(prefix="usher-story-") as folder:
        async with staged(story, kind=kind, language=language, store=Path(folder) / "watch.sqlite") as stage:
            app = WristApp(
                acts=stage.agent,
                device=DEVICE,
                now=stage.clock.now,
                geometry=geometry,
                catalogues={each: load_catalogue(each) for each in Language},
                language=None,
            )
            stop_listening = stage.journal.subscribe(app.on_event)
            running = asyncio.ensure_future(app.run_in_loop())
            try:
                telling = Telling(
                    story,
                    stage,
                    Hand(app, running),
                    origin=origin,
                    geometry=geometry,
                    language=language,
                    shots=shots,
                )
                await telling.tell()
                return telling.pictures
            finally:
                stop_listening()
                app.stop()
                await asyncio.gather(running, return_exceptions=True)
