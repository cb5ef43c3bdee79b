"""Who held which task when, told by the hub's own log and checked against its tables: one holder at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.storage import ms
from hub.visits.model import Task
from tests.sim.disk import HubDisk, LogLine
from tests.sim.stage import Stage

_CLOSING = frozenset({"feedback", "expired", "served", "cancelled"})
_AFTER_THE_END = frozenset({"claim_lost"})


@dataclass
class Chapter:
    """A task so far."""

    holder: str | None = None
    closed: str | None = None


class Story:
    """Follows the log line by line."""

    def __init__(self, stage: Stage, advisors: Mapping[str, str]) -> None:
        self.chapters: dict[str, Chapter] = {}
        self._stage = stage
        self._advisors = advisors

    def follow(self, disk: HubDisk, now: datetime) -> None:
        """The new lines, and whether they end where the tables stand."""
        for line in disk.log:
            self._stage.note("log", f"{line.task} {line.kind} {line.device or ''} {line.detail}")
            self._line(line, disk, now)
        for task_id in disk.changed:
            self._agrees(disk.tasks[task_id])

    def _line(self, line: LogLine, disk: HubDisk, now: datetime) -> None:
        if line.kind == "offered":
            if line.task in self.chapters:
                self._wrong(line, "it was offered before")
            self._stage.counts["tasks"] += 1
        chapter = self.chapters.setdefault(line.task, Chapter())
        if chapter.closed is not None and line.kind not in _AFTER_THE_END:
            self._wrong(line, f"it had ended: {chapter.closed}")
        actor = self._advisors.get(line.device or "")
        match line.kind:
            case "claimed":
                if chapter.holder not in (None, actor):
                    self._wrong(line, f"{chapter.holder} holds it")
                chapter.holder = actor
                self._stage.counts["claims"] += 1
            case "talk" | "feedback":
                if chapter.holder != actor:
                    self._wrong(line, f"{chapter.holder} holds it, not {actor}")
            case "released":
                if chapter.holder != line.detail:
                    self._wrong(line, f"{chapter.holder} holds it")
                self._left(line, disk.tasks[line.task], disk, now)
                chapter.holder = None
            case _:
                pass
        if line.kind in _CLOSING:
            chapter.closed = line.kind
            self._stage.counts[line.kind] += 1

    def _left(self, line: LogLine, task: Task, disk: HubDisk, now: datetime) -> None:
        """A holder is released only when no device of theirs is left in the branch (or it came back just now)."""
        for device, bound in disk.bindings.items():
            if bound.advisor == line.detail and bound.branch == task.branch and bound.since_ms < ms(now):
                self._wrong(line, f"{device} of the holder is still bound to {task.branch}")

    def _agrees(self, task: Task) -> None:
        chapter = self.chapters.get(task.id)
        if chapter is None:
            self._stage.violate("one holder a task", f"{task.id} is {task.state} and nothing is in its log")
        elif chapter.holder != task.holder:
            self._stage.violate("one holder a task", f"{task.id}: table {task.holder}, log {chapter.holder}")
        elif (chapter.closed is None) != task.open:
            self._stage.violate("what ended stays ended", f"{task.id} is {task.state}, log {chapter.closed}")

    def _wrong(self, line: LogLine, why: str) -> None:
        self._stage.violate("one holder a task", f"{line.task} {line.kind} {line.device} {line.detail}: {why}")
