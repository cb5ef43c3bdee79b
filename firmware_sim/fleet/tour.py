"""Plays the tour on a real branch: touches its windows, waits for what follows, and hands every caption on."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol, assert_never

import msgspec

from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import KIOSK, Heard
from firmware_sim.fleet.house import HubReady
from firmware_sim.fleet.tour_script import TOUR, Act, AskModel, Await, Hold, HubAway, HubBack, Scene, Swipe, Touch
from models.commands.remote import HubClient

PATIENCE_S = 30.0
"""For what must follow a touch."""

ANSWER_S = 0.5
"""Within this an agent has said that it doesn't find what it shall touch."""

REFUSALS = ("refused", "command_refused")


class _Learned(msgspec.Struct, frozen=True, kw_only=True):
    observations: int


class Stage(Protocol):
    """What a tour does to a branch."""

    async def tell(self, device: str, command: Mapping[str, object]) -> None:
        """One command to the kiosk or a wearable."""
        ...

    async def stop_hub(self) -> None:
        """Take the hub away."""
        ...

    async def start_hub(self) -> HubReady:
        """Bring it back."""
        ...


class Tour:
    """One tour of one branch. ``tell(scene, title, text)`` gets every caption as it is to be read, scenes from 1."""

    def __init__(
        self,
        tell: Callable[[int, str, str], None],
        scenes: tuple[Scene, ...] = TOUR,
        *,
        patience_s: float = PATIENCE_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._tell = tell
        self._scenes = scenes
        self._patience_s = patience_s
        self._answer_s = answer_s
        self._facts: dict[str, str] = {}
        self._news: list[tuple[str, Heard]] = []
        self._changed = asyncio.Event()
        self._issued_ns = 0
        self._slowest_ms = 0.0
        self._hub: HubReady | None = None
        self.cut = False
        """While the hub stops or starts there is nothing to see: a film leaves it out."""

    @property
    def scenes(self) -> int:
        """How many there are."""
        return len(self._scenes)

    def on_hub(self, hub: HubReady) -> None:
        """The hub serves."""
        self._hub = hub

    def hear(self, device: str, heard: Heard) -> None:
        """Something happened in the branch."""
        self._news.append((device, heard))
        if device == KIOSK and heard.event == "ticket":
            self._issued_ns, self._slowest_ms = heard.at_ns, 0.0
            self._facts["number"] = heard.number or ""
        elif heard.event == "offered" and heard.task is not None:
            places = ("first", "second", "third")
            self._facts |= {"task": heard.task, **dict(zip(places, heard.products, strict=False))}
        elif heard.event == "alert":
            self._slowest_ms = max(self._slowest_ms, (heard.at_ns - self._issued_ns) / 1e6)
            self._facts["ms"] = f"{self._slowest_ms:.0f}"
        elif heard.event == "done" and heard.match_score is not None:
            self._facts["score"] = f"{heard.match_score * 100:.0f}"
        self._changed.set()

    async def play(self, branch: Stage) -> None:
        """From the first scene to the last; raises ``DemoError`` naming scene and step for what doesn't come."""
        began = 0
        for number, scene in enumerate(self._scenes, 1):
            where = f"tour, scene {number} ({scene.title})"
            for act in scene.ahead:
                await self._do(act, branch, where, began)
            self._tell(number, scene.title, self._filled(scene.text, where))
            began = len(self._news)
            for act in scene.acts:
                await self._do(act, branch, where, began)

    async def _do(self, act: Act, branch: Stage, where: str, began: int) -> None:
        match act:
            case Touch(device=device, name=name, hold_s=hold_s):
                named = self._filled(name, where)
                await self._until_taken(branch, device, {"do": "touch", "name": named}, f"{where}: {device} {named!r}")
                await asyncio.sleep(hold_s)
            case Swipe(device=device, to=to, hold_s=hold_s):
                await self._until_taken(branch, device, {"do": "swipe", "to": to}, f"{where}: {device} swiped {to}")
                await asyncio.sleep(hold_s)
            case Await():
                await self._until(lambda: self._has_come(act, began), f"{where}: {act.device} never said {act.event!r}")
                self.cut = False
            case Hold(seconds=seconds):
                await asyncio.sleep(seconds)
            case HubAway():
                self.cut = True
                await branch.stop_hub()
            case HubBack():
                self.cut = True
                self._hub = await branch.start_hub()
            case AskModel():
                await self._ask_model()
            case _:
                assert_never(act)

    def _has_come(self, wanted: Await, began: int) -> bool:
        return any(
            device == wanted.device and heard.event == wanted.event and wanted.mine in (None, heard.mine)
            for device, heard in self._news[began:]
        )

    async def _until_taken(self, branch: Stage, device: str, command: dict[str, object], what: str) -> None:
        """What is to be touched may only be on its way to the screen: try again until nobody complains."""
        deadline = time.monotonic() + self._patience_s
        while True:
            began = len(self._news)
            await branch.tell(device, command)
            await asyncio.sleep(self._answer_s)
            refusal = next((h for d, h in self._news[began:] if d == device and h.event in REFUSALS), None)
            if refusal is None:
                return
            if time.monotonic() > deadline:
                raise DemoError(f"{what}: {refusal.detail}; its log is in the demo's folder (--keep)")

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise DemoError(f"{what} within {self._patience_s:.0f} s; see the logs (--keep)") from None

    async def _ask_model(self) -> None:
        assert self._hub is not None, "the branch is open"
        client = HubClient(self._hub.http, self._hub.token)
        told = msgspec.json.decode(await asyncio.to_thread(client.call, "GET", "/v1/models"), type=_Learned)
        self._facts["visits"] = str(told.observations)

    def _filled(self, text: str, where: str) -> str:
        try:
            return text.format(**self._facts)
        except KeyError as error:
            raise DemoError(f"{where}: nothing is known of {error} yet") from error
