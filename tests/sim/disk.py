"""What the hub has committed, read straight from its tables after each piece of work."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from hub.lobby.model import Ticket
from hub.visits.model import Task
from hub.visits.receipts import Receipt

Stored = TypeVar("Stored")


def decoded(body: bytes, kind: type[Stored]) -> Stored:
    """A stored struct, whether the hub writes it as JSON or as MessagePack."""
    if body.startswith(b"{"):
        return msgspec.json.decode(body, type=kind)
    return msgspec.msgpack.decode(body, type=kind)


@dataclass(frozen=True)
class LogLine:
    """A line of the visits' log."""

    seq: int
    task: str
    kind: str
    device: str | None
    detail: str


@dataclass(frozen=True)
class BoundTo:
    """A device's binding."""

    advisor: str
    branch: str
    since_ms: int


@dataclass
class HubDisk:
    """The committed state, decoded; :meth:`refresh` reads what changed. ``tasks_of``: the tasks a ticket was ever in.

    ``vanished``: what was there and is not any more, which a hub never does.
    """

    connection: sqlite3.Connection
    tasks: dict[str, Task] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    tasks_of: dict[str, dict[str, None]] = field(default_factory=dict)
    bindings: dict[str, BoundTo] = field(default_factory=dict)
    changed: dict[str, Task | None] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)
    vanished: tuple[str, ...] = ()
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _ticket_bodies: dict[str, bytes] = field(default_factory=dict)
    _seq: int = 0
    _changes: int = -1

    def refresh(self) -> bool:
        """Read anew; false when nothing was written. ``changed``: tasks as they were; ``log``: the new lines."""
        if self.connection.total_changes == self._changes:
            return False
        self._changes = self.connection.total_changes
        read = self.connection.execute
        self.changed = {}
        stored = read("select id, body from tasks").fetchall()
        taken = read("select id, body from tickets").fetchall()
        self._drop({key for key, _ in stored}, {key for key, _ in taken})
        for key, body in stored:
            if self._bodies.get(key) != body:
                self.changed[key] = self.tasks.get(key)
                self._bodies[key] = body
                self.tasks[key] = decoded(body, Task)
        for key, body in taken:
            if self._ticket_bodies.get(key) != body:
                self._ticket_bodies[key] = body
                self.tickets[key] = decoded(body, Ticket)
        for key in self.changed:
            for ticket in self.tasks[key].tickets:
                self.tasks_of.setdefault(ticket, {})[key] = None
        self.bindings = {
            device: BoundTo(advisor, branch, since)
            for device, advisor, branch, since in read(
                "select device, advisor, branch, since_ms from bindings"
            ).fetchall()
        }
        rows = read("select seq, task, kind, device, detail from visit_log where seq > ? order by seq", (self._seq,))
        self.log = [LogLine(*row) for row in rows.fetchall()]
        if self.log:
            self._seq = self.log[-1].seq
        return True

    def _drop(self, tasks: set[str], tickets: set[str]) -> None:
        self.vanished = (*sorted(self.tasks.keys() - tasks), *sorted(self.tickets.keys() - tickets))
        for key in self.vanished:
            self.tasks.pop(key, None)
            self.tickets.pop(key, None)

    def inbox(self) -> set[str]:
        """The ids that took effect."""
        return {row[0] for row in self.connection.execute("select id from inbox where refusal is null").fetchall()}

    def feedback(self) -> list[tuple[str, str, bytes, float]]:
        """Every feedback: task, advisor, answers, score."""
        return self.connection.execute("select task, advisor, answers, score from feedback order by task").fetchall()

    def segments(self) -> list[tuple[str, int, str]]:
        """Every segment: task, position, text."""
        return self.connection.execute("select task, position, text from segments order by task, position").fetchall()

    def receipts(self) -> list[tuple[str, str, tuple[Receipt, ...]]]:
        """Every alert's receipts: task, device, steps."""
        rows = self.connection.execute("select task, device, body from receipts order by task, device").fetchall()
        return [(task, device, decoded(body, tuple[Receipt, ...])) for task, device, body in rows]
