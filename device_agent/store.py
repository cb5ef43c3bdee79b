"""The agent's tables, in the mailbox's SQLite file: one transaction covers an effect and its message."""

import logging
from datetime import datetime

import msgspec

from contracts import Envelope, decode
from contracts.session import Binding, BranchChoice, StreamPosition
from contracts.visits import Consent, SegmentHeard, TapSignal, TaskView
from device_agent.core.acts import Act, Intent, Notice, WristState
from device_agent.core.alerts import ALERT_MOVES, AlertMove, AlertState
from device_agent.core.book import Book
from device_agent.core.followed import Followed
from device_agent.core.lent import LentRecord
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database, Migrations

log = logging.getLogger(__name__)

NOT_IN_STEP = StreamPosition(epoch="not-in-step", revision=0)
"""A position that no hub has given: the hub answers it with the whole state."""

MOST_NOTICES = 20

migrations = Migrations("device_agent")


@migrations()
def m0001_wrist(db: Database) -> None:
    """Tasks, alerts, acts under way, talk counters, notices."""
    db.conn.execute(
        "create table task (seq integer primary key autoincrement, task_id text not null unique, view blob not null)"
    )
    db.conn.execute("create table alert (task_id text primary key, state text not null, expires text not null)")
    db.conn.execute("create index alert_by_state on alert (state)")
    db.conn.execute("create table intent (message_id text primary key, act text not null, subject text not null)")
    db.conn.execute("create table talk (task_id text primary key, next_index integer not null)")
    db.conn.execute(
        "create table notice (message_id text primary key, code text not null, task text, at text not null)"
    )


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps of the hub's word on the binding."""

    binding: Binding | None = None
    choices: tuple[BranchChoice, ...] = ()


class TalkKept(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps of the latest talk that began here: nothing that was said, only what it showed."""

    task: str
    began: datetime
    consent: Consent
    followed: Followed = Followed()


class AgentStore:
    """Everything the wrist must still know after kill -9."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._connection = mailbox.database.conn
        migrations.apply(mailbox.database)

    def load(self) -> WristState:
        """The state as it was committed last. What this version can't read is dropped, and the hub asked again."""
        bound = self._bound()
        return WristState(
            book=self._book(),
            intents=self.intents(),
            notices=self.notices(),
            binding=bound.binding,
            choices=bound.choices,
            lent=self._lent(),
        )

    def save_book(self, before: Book, after: Book) -> None:
        """Write what differs between the two."""
        for task_id in before.tasks:
            if task_id not in after.tasks:
                self._connection.execute("delete from task where task_id = ?", (task_id,))
        for task_id, view in after.tasks.items():
            if before.tasks.get(task_id) != view:
                self._connection.execute(
                    "insert into task (task_id, view) values (?, ?)"
                    " on conflict (task_id) do update set view = excluded.view",
                    (task_id, msgspec.json.encode(view)),
                )

    def save_binding(self, binding: Binding | None, choices: tuple[BranchChoice, ...]) -> None:
        """Remember the hub's word on the binding."""
        bound = Bound(binding=binding, choices=choices)
        self.mailbox.remember("binding", msgspec.json.encode(bound).decode())

    def save_lent(self, record: LentRecord | None) -> None:
        """Remember to whom the device is lent, and which of their calls were felt."""
        self.mailbox.remember("lent", msgspec.json.encode(record).decode())

    def forget_people(self) -> None:
        """Another has the device now: nothing stays of what an advisor was told or refused here."""
        for statement in ("delete from notice", "delete from alert", "delete from talk"):
            self._connection.execute(statement)
        self.forget_talk()

    def forget_position(self) -> None:
        """Have the hub tell the whole state at the next report."""
        self.mailbox.advance(NOT_IN_STEP)

    def add_alert(self, view: TaskView, state: AlertState) -> bool:
        """The only alert that this task will ever have; false when it has had it already."""
        cursor = self._connection.execute(
            "insert or ignore into alert (task_id, state, expires) values (?, ?, ?)",
            (view.task, state.value, view.expires.isoformat()),
        )
        return cursor.rowcount == 1

    def alert_state(self, task_id: str) -> AlertState | None:
        """Where the task's alert stands; null when it never had one."""
        row = self._connection.execute("select state from alert where task_id = ?", (task_id,)).fetchone()
        return AlertState(row[0]) if row else None

    def move_alert(self, task_id: str, by: AlertMove) -> AlertState | None:
        """Take the table's move and return the state left behind; null when there is no such move."""
        state = self.alert_state(task_id)
        after = ALERT_MOVES.get((state, by)) if state else None
        if after is None:
            return None
        self._connection.execute("update alert set state = ? where task_id = ?", (after.value, task_id))
        return state

    def due(self) -> tuple[str, ...]:
        """Tasks whose alert is due, oldest first."""
        rows = self._connection.execute(
            "select task_id from alert where state = ? order by rowid", (AlertState.DUE.value,)
        )
        return tuple(row[0] for row in rows)

    def prune(self, expired_before: datetime) -> int:
        """Forget alerts and talk counters of tasks that expired before this: they can't be offered any more."""
        rows = self._connection.execute("select task_id, expires from alert").fetchall()
        old = [(task_id,) for task_id, expires in rows if datetime.fromisoformat(expires) < expired_before]
        with self.mailbox.transaction():
            self._connection.executemany("delete from alert where task_id = ?", old)
            self._connection.execute(
                "delete from talk where task_id not in (select task_id from alert union select task_id from task)"
            )
        return len(old)

    def intents(self) -> tuple[Intent, ...]:
        """Acts that await their answer; ``queued`` is whether the outbox still has the message."""
        rows = self._connection.execute(
            "select message_id, act, subject, exists (select 1 from outbox where outbox.id = message_id) from intent"
            " order by rowid"
        )
        return tuple(Intent(row[0], Act(row[1]), row[2], bool(row[3])) for row in rows)

    def add_intent(self, message_id: str, act: Act, subject: str) -> None:
        """An act is under way; call it in the transaction that queues its message."""
        self._connection.execute(
            "insert into intent (message_id, act, subject) values (?, ?, ?)", (message_id, act.value, subject)
        )

    def end_intent(self, message_id: str) -> None:
        """The act was answered."""
        self._connection.execute("delete from intent where message_id = ?", (message_id,))

    def next_index(self, task_id: str) -> int:
        """The next segment's place within the task's talk, from 0; counts on."""
        row = self._connection.execute(
            "insert into talk (task_id, next_index) values (?, 1)"
            " on conflict (task_id) do update set next_index = next_index + 1 returning next_index",
            (task_id,),
        ).fetchone()
        return int(row[0]) - 1

    def save_talk(self, talk: TalkKept) -> None:
        """Remember the talk that began here; the one before is forgotten."""
        self.mailbox.remember("talk", msgspec.json.encode(talk).decode())

    def take_index(self, task_id: str, index: int) -> bool:
        """A segment has this place; the next one comes after it. Whether a place before it was never taken here."""
        row = self._connection.execute("select next_index from talk where task_id = ?", (task_id,)).fetchone()
        expected = int(row[0]) if row else 0
        self._connection.execute(
            "insert into talk (task_id, next_index) values (?, ?)"
            " on conflict (task_id) do update set next_index = max(next_index, excluded.next_index)",
            (task_id, index + 1),
        )
        return index > expected

    def forget_talk(self) -> None:
        """The latest talk that began here is over for good."""
        self._connection.execute("delete from setting where name = 'talk'")

    def talk(self) -> TalkKept | None:
        """The latest talk that began here; null when there was none that this version can read."""
        text = self.mailbox.setting("talk")
        if text is None:
            return None
        try:
            return msgspec.json.decode(text.encode(), type=TalkKept)
        except msgspec.DecodeError as error:
            log.warning("stored_talk_unreadable why=%r", str(error))
            return None

    def talk_letters(self, task_id: str) -> list[str]:
        """The ids of what was tapped and said in the task's talk and the hub hasn't acknowledged, oldest first."""
        letters = ((letter.id, decode(letter.payload)) for letter in self.mailbox.letters())
        return [
            key
            for key, envelope in letters
            if isinstance(envelope, Envelope)
            and isinstance(envelope.data, TapSignal | SegmentHeard)
            and envelope.data.task_id == task_id
        ]

    def notices(self) -> tuple[Notice, ...]:
        """Refusals that the advisor hasn't put away, oldest first."""
        rows = self._connection.execute("select message_id, code, task, at from notice order by rowid")
        return tuple(Notice(row[0], row[1], row[2], datetime.fromisoformat(row[3])) for row in rows)

    def add_notice(self, notice: Notice) -> None:
        """Keep a refusal for the advisor; only the latest are kept."""
        self._connection.execute(
            "insert or replace into notice (message_id, code, task, at) values (?, ?, ?, ?)",
            (notice.message_id, notice.code, notice.task, notice.at.isoformat()),
        )
        self._connection.execute(
            "delete from notice where rowid not in (select rowid from notice order by rowid desc limit ?)",
            (MOST_NOTICES,),
        )

    def end_notice(self, message_id: str) -> None:
        """The advisor has seen it."""
        self._connection.execute("delete from notice where message_id = ?", (message_id,))

    def _book(self) -> Book:
        tasks: dict[str, TaskView] = {}
        for task_id, view in self._connection.execute("select task_id, view from task order by seq").fetchall():
            try:
                tasks[task_id] = msgspec.json.decode(view, type=TaskView)
            except msgspec.DecodeError as error:
                log.warning("stored_task_unreadable task=%s why=%r", task_id, str(error))
                with self.mailbox.transaction():
                    self._connection.execute("delete from task where task_id = ?", (task_id,))
                    self.forget_position()
        return Book(tasks)

    def _lent(self) -> LentRecord | None:
        text = self.mailbox.setting("lent")
        if text is None:
            return None
        try:
            return msgspec.json.decode(text.encode(), type=LentRecord | None)
        except msgspec.DecodeError as error:
            log.warning("stored_lending_unreadable why=%r", str(error))
            self.forget_position()
            return None

    def _bound(self) -> Bound:
        text = self.mailbox.setting("binding")
        if text is None:
            return Bound()
        try:
            return msgspec.json.decode(text.encode(), type=Bound)
        except msgspec.DecodeError as error:
            log.warning("stored_binding_unreadable why=%r", str(error))
            self.forget_position()
            return Bound()
