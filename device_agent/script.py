"""Runs commands, line by line, on a live agent: from standard input or a file. The end of the input ends nothing."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from typing import assert_never

from contracts.visits import GiveFeedback, TaskState
from device_agent import commands
from device_agent.agent import DeviceAgent
from device_agent.core.acts import Act, DeclineCode, Declined
from device_agent.events import EVENT_NAMES, AnyEvent, CommandRefused, CommandTaken, name_of
from device_agent.presenters.fingers import Fingers

log = logging.getLogger(__name__)

MAX_LINE_BYTES = 64 * 1024


class LineFeed:
    """Reads a file descriptor in a thread (any kind of one: pipe, terminal, file) into lines for the event loop."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    def start(self) -> None:
        """Begin reading; the thread ends with the input, or with the process."""
        loop = asyncio.get_running_loop()

        def give(line: bytes | None) -> bool:
            try:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
            except RuntimeError:
                return False  # the loop is closed: the process is leaving
            return True

        threading.Thread(target=self._read, args=(give,), name="script", daemon=True).start()

    async def line(self) -> bytes | None:
        """The next line without its end; null at the end of the input."""
        return await self._lines.get()

    def _read(self, give: Callable[[bytes | None], bool]) -> None:
        rest = b""
        while True:
            try:
                chunk = os.read(self._descriptor, 1 << 16)
            except OSError as error:
                log.warning("script_unreadable why=%r", str(error))
                chunk = b""
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                rest = rest[: MAX_LINE_BYTES + 1]
            if not chunk:
                for line in (*lines, rest):
                    if line.strip():
                        give(line)
                give(None)
                return
            for line in lines:
                if not give(line):
                    return


class Script:
    """Takes lines and does what they say; a bad one becomes ``command_refused`` and changes nothing."""

    def __init__(self, agent: DeviceAgent, quit_now: Callable[[], None]) -> None:
        self._agent = agent
        self._quit = quit_now
        self._fingers: Fingers | None = None
        self._seen: set[str] = set()
        self._news = asyncio.Event()
        agent.journal.subscribe(self._notice)

    async def run(self, feed: LineFeed) -> None:
        """Until the input ends; the agent goes on."""
        while (line := await feed.line()) is not None:
            if line.strip():
                await self.do(line)

    def window_is_open(self, fingers: Fingers) -> None:
        """There is a window to touch now."""
        self._fingers = fingers

    async def do(self, line: bytes) -> None:
        """One command."""
        if len(line) > MAX_LINE_BYTES:
            self._refuse(None, DeclineCode.INVALID, f"a line of more than {MAX_LINE_BYTES} bytes: shorten it")
            return
        command = commands.parse(line)
        if isinstance(command, str):
            self._refuse(None, DeclineCode.INVALID, command)
        elif isinstance(command, commands.Wait):
            await self._wait(command)
        elif isinstance(command, commands.Quit):
            self._quit()
        elif isinstance(command, commands.Notice):
            self._agent.notice_call()
        elif isinstance(command, commands.FingerCommand):
            await self._touch(command)
        else:
            self._seen.clear()
            self._act(command)

    def _act(self, command: commands.AdvisorCommand) -> None:
        agent = self._agent
        match command:
            case commands.Bind():
                self._report(Act.BIND, None, agent.bind(command.branch))
            case commands.Unbind():
                self._report(Act.UNBIND, None, agent.unbind())
            case commands.Claim():
                if task := self._task(Act.CLAIM, command.task, TaskState.OFFERED):
                    self._report(Act.CLAIM, task, agent.claim(task))
            case commands.Pass():
                if task := self._task(Act.PASS, command.task, TaskState.OFFERED):
                    self._report(Act.PASS, task, agent.pass_task(task))
            case commands.Talk():
                if task := self._task(Act.TALK, command.task, TaskState.HELD):
                    self._report(Act.TALK, task, agent.start_talk(task, command.consent))
            case commands.Say():
                talk = agent.state.talk
                said = agent.say(command.text, command.language)
                self._report(Act.SAY, talk.task if talk else None, said)
            case commands.Signal():
                talk = agent.state.talk
                tapped = agent.signal(command.product, command.stance)
                self._report(Act.SIGNAL, talk.task if talk else None, tapped)
            case commands.Feedback():
                talk = agent.state.talk
                named = command.task or (talk.task if talk else None)
                if task := self._task(Act.FEEDBACK, named, TaskState.TALKING, TaskState.HELD):
                    self._report(
                        Act.FEEDBACK,
                        task,
                        agent.give_feedback(
                            GiveFeedback(
                                task_id=task,
                                outcome=command.outcome,
                                products=command.products,
                                preferences=command.preferences,
                                refused=command.refused,
                                note=command.note,
                            )
                        ),
                    )
            case commands.Target():
                self._report(Act.NAME_TARGET, None, agent.name_target(command.customer, command.business))
            case commands.HandOver():
                self._report(Act.UNBIND, None, agent.hand_over())
            case _:
                assert_never(command)

    async def _touch(self, command: commands.FingerCommand) -> None:
        fingers = self._fingers
        if fingers is None:
            self._refuse("touch", DeclineCode.INVALID, "there is no window to touch: start without --headless")
        elif isinstance(command, commands.Swipe):
            await fingers.swipe(command.to)
        elif not await fingers.tap(command.name):
            self._refuse("touch", DeclineCode.INVALID, f"{command.name!r} is not on the screen: wait for its page")

    def _task(self, act: Act, named: str | None, *states: TaskState) -> str | None:
        if named is not None:
            return named
        view = self._agent.state.first(*states)
        if view is None:
            wanted = " or ".join(states)
            self._refuse(act.value, DeclineCode.NO_SUCH_TASK, f"no task is {wanted}: name one, or wait for one")
            return None
        return view.task

    def _report(self, act: Act, task: str | None, result: str | Declined) -> None:
        if isinstance(result, Declined):
            self._refuse(act.value, result.code, result.detail)
        else:
            self._agent.journal.emit(CommandTaken(do=act, task=task, message=result))

    def _refuse(self, do: str | None, code: DeclineCode, detail: str) -> None:
        log.warning("command_refused do=%s code=%s detail=%r", do, code, detail)
        self._agent.journal.emit(CommandRefused(do=do, code=code, detail=detail))

    async def _wait(self, command: commands.Wait) -> None:
        if command.event not in EVENT_NAMES:
            allowed = ", ".join(sorted(EVENT_NAMES))
            self._refuse("wait", DeclineCode.INVALID, f"no event {command.event[:64]!r}: wait for one of {allowed}")
            return
        while command.event not in self._seen:
            self._news.clear()
            await self._news.wait()
        self._seen.discard(command.event)

    def _notice(self, event: AnyEvent) -> None:
        self._seen.add(name_of(event))
        self._news.set()
