"""Bookings of this kiosk's branch, kept so that customers check in while the hub is away (K-01, K-05).

The hub says with the state of the lobby how far the bookings of today and tomorrow go. What the kiosk lacks it asks
for, again and again, later each time: a lost message costs time and nothing else. Days that are over are forgotten.
"""

import asyncio
import logging
import random
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
from msgspec import UNSET

from contracts.bookings import BookedVisit, BookingState, BookingsTold, BookingsWanted, digest_of
from contracts.lobby import LobbyTold
from kiosk.asking import ask
from kiosk.core.checking_in import HERE, Held
from runtime.agent.lobby import LobbyMessage
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import Tell
from runtime.agent.sqlite import Database, Migrations

log = logging.getLogger(__name__)

DAYS = 2
"""Today, and tomorrow for a morning without the hub."""

migrations = Migrations("bookings")


@migrations()
def m0001_bookings(db: Database) -> None:
    """How far the bookings of each day are known, with their window; the bookings; who checked in here."""
    db.conn.execute(
        "create table booking_day (day text primary key, has integer not null, early_s real not null,"
        " grace_s real not null)"
    )
    db.conn.execute(
        "create table booking (day text not null, booking text not null, code text, customer text, phone text,"
        " body blob not null, primary key (day, booking))"
    )
    db.conn.execute(
        "create table booking_here (day text not null, booking text not null, ticket text not null,"
        " primary key (day, booking))"
    )


@migrations()
def m0002_told_of(db: Database) -> None:
    """The message that tells the hub who checked in; from which revision on it was told of before it had that. Of who
    checked in earlier no message is known: it has gone."""
    db.conn.execute("alter table booking_here add column message text")
    db.conn.execute("alter table booking_here add column again_from integer")


_FOUND = (
    "select b.day, b.body, d.early_s, d.grace_s, h.ticket from booking b join booking_day d on d.day = b.day"
    " left join booking_here h on h.day = b.day and h.booking = b.booking where b.day >= ? and "
)
_FIND = {by: f"{_FOUND}b.{by} = ?" for by in ("booking", "code", "customer", "phone")}
_FORGET = tuple(f"delete from {table} where day < ?" for table in ("booking", "booking_here", "booking_day"))  # noqa: S608


class BookingStore:
    """The tables beside a mailbox. Nothing in them names anybody, and the codes are digests."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._db = mailbox.database
        self._decoder = msgspec.msgpack.Decoder(BookedVisit)
        migrations.apply(self._db)

    def has(self, day: date) -> int | None:
        """Up to which revision a day is known; null when nothing is known of it."""
        row = self._db.conn.execute("select has from booking_day where day = ?", (day.isoformat(),)).fetchone()
        return None if row is None else int(row[0])

    def take(self, told: BookingsTold) -> bool:
        """Keep what the hub told; false where it doesn't follow on what is known, or is old."""
        day, has = told.day.isoformat(), self.has(told.day)
        if not told.anew and not told.after <= (has or 0) <= told.upto:
            return False
        with self._mailbox.transaction():
            if told.anew:
                self._db.conn.execute("delete from booking where day = ?", (day,))
            for visit in told.changed:
                self._db.conn.execute(
                    "insert or replace into booking (day, booking, code, customer, phone, body)"
                    " values (?, ?, ?, ?, ?, ?)",
                    (day, visit.booking, visit.code, visit.customer, visit.phone, msgspec.msgpack.encode(visit)),
                )
                self._hear_of(day, visit, has or 0)
            self._db.conn.execute(
                "insert or replace into booking_day (day, has, early_s, grace_s) values (?, ?, ?, ?)",
                (day, told.upto, told.early_s, told.grace_s),
            )
        return True

    def forget_before(self, day: date) -> None:
        """Purge days that are over."""
        with self._mailbox.transaction():
            for forget in _FORGET:
                self._db.conn.execute(forget, (day.isoformat(),))

    def find(self, since: date, by: str, value: str) -> list[Held]:
        """Bookings of a day and later ones by their name, code, customer or phone number: a key of :data:`_FIND`."""
        rows = self._db.conn.execute(_FIND[by], (since.isoformat(), value)).fetchall()
        return [
            Held(self._decoder.decode(body), date.fromisoformat(day), early_s, grace_s, here=ticket is not None)
            for day, body, early_s, grace_s, ticket in rows
        ]

    def _hear_of(self, day: str, visit: BookedVisit, has: int) -> None:
        """From now on the hub knows better, unless it said this before it had the ticket: then it must say it again."""
        if visit.state in HERE or visit.state is BookingState.CANCELLED:
            self._db.conn.execute("delete from booking_here where day = ? and booking = ?", (day, visit.booking))
            return
        undelivered = "message in (select id from outbox)"
        self._db.conn.execute(
            f"delete from booking_here where day = ? and booking = ? and {undelivered} is not true",  # noqa: S608
            (day, visit.booking),
        )
        self._db.conn.execute(
            "update booking_here set again_from = min(coalesce(again_from, ?), ?) where day = ? and booking = ?",
            (has, has, day, visit.booking),
        )

    def arrived(self, day: date, booking: str, ticket: str, message: str) -> None:
        """Its customer took this ticket here, of which this message tells; in the transaction of the ticket."""
        self._db.conn.execute(
            "insert or replace into booking_here (day, booking, ticket, message) values (?, ?, ?, ?)",
            (day.isoformat(), booking, ticket, message),
        )

    def delivered(self, messages: Sequence[str]) -> bool:
        """The hub has these; whether it must say again what it said of a day before."""
        places = ", ".join("?" * len(messages))
        again = self._db.conn.execute(
            f"select day, min(again_from) from booking_here where message in ({places})"  # noqa: S608
            " and again_from is not null group by day",
            tuple(messages),
        ).fetchall()
        if again:
            with self._mailbox.transaction():
                for day, since in again:
                    self._db.conn.execute("update booking_day set has = min(has, ?) where day = ?", (since, day))
                    self._db.conn.execute(
                        f"update booking_here set again_from = null where message in ({places})",  # noqa: S608
                        tuple(messages),
                    )
        return bool(again)

    def undo(self, ticket: str) -> None:
        """The hub will not have this ticket: nobody is checked in by it."""
        self._db.conn.execute("delete from booking_here where ticket = ?", (ticket,))


class Bookings:
    """What the kiosk knows of bookings; beside the session it asks the hub for what it lacks."""

    def __init__(self, *, first_s: float = 1.0, most_s: float = 60.0, chance: random.Random | None = None) -> None:
        """Waits grow from ``first_s`` to ``most_s`` seconds."""
        self._first_s = first_s
        self._most_s = most_s
        self._chance = chance or random.Random()
        self._store: BookingStore | None = None
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._online = False
        self._goal: dict[date, int | None] = {}
        self._wake = asyncio.Event()

    def keep_in(self, mailbox: Mailbox, now: Callable[[], datetime]) -> None:
        """Where they are kept; ``now``: the branch's local time."""
        self._store, self._now = BookingStore(mailbox), now
        self._forget_before(now().date())

    @property
    def today(self) -> date:
        """The branch's date."""
        return self._now().date()

    def find(self, *, code: str | None = None, ref: str | None = None) -> Sequence[Held]:
        """Bookings of today and later whose code this is, or that were made by or for who has this reference."""
        if self._store is None:
            return ()
        if code is not None:
            return self._store.find(self.today, "code", digest_of(code))
        if ref is None:
            return ()
        found = [*self._store.find(self.today, "customer", ref), *self._store.find(self.today, "phone", ref)]
        return list({(held.day, held.visit.booking): held for held in found}.values())

    def named(self, booking: str) -> Held | None:
        """Today's booking of this name."""
        found = [] if self._store is None else self._store.find(self.today, "booking", booking)
        return next((held for held in found if held.day == self.today), None)

    def knows(self, day: date) -> bool:
        """Whether the hub has told of this day's."""
        return self._store is not None and self._store.has(day) is not None

    def arrived(self, held: Held, ticket: str, message: str) -> None:
        """Its customer took this ticket, of which this message tells; in the transaction of the ticket."""
        if self._store is not None:
            self._store.arrived(held.day, held.visit.booking, ticket, message)

    def delivered(self, messages: Sequence[str]) -> None:
        """The hub has these messages."""
        if self._store is not None and self._store.delivered(messages):
            self._wake.set()

    def undo(self, ticket: str) -> None:
        """The hub will not have this ticket."""
        if self._store is not None:
            self._store.undo(ticket)

    async def run(self, tell: Tell) -> None:
        """Ask as long as something is lacking, until cancelled."""
        await ask(
            tell,
            lambda: self._wanted() if self._online else [],
            self._wake,
            first_s=self._first_s,
            most_s=self._most_s,
            chance=self._chance,
        )

    def on_message(self, message: LobbyMessage) -> None:
        """The hub says how far the bookings go, or what they are."""
        if self._store is None:
            return
        if isinstance(message, LobbyTold) and message.bookings is not UNSET:
            goal: dict[date, int | None] = {mark.day: mark.revision for mark in message.bookings}
            if goal.keys() != self._goal.keys() and goal:
                self._forget_before(min(min(goal), self.today))
            if goal != self._goal:
                self._goal = goal
                self._wake.set()
        elif isinstance(message, BookingsTold) and self._store.take(message):
            log.info("bookings_told day=%s changed=%d upto=%d", message.day, len(message.changed), message.upto)
            if not message.more:
                self._goal[message.day] = message.upto
            self._wake.set()

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more: it is asked at once, before it says how the lobby is."""
        if online and not self._online and self._store is not None:
            today = self.today
            self._forget_before(today)
            self._goal = {today + timedelta(days=ahead): None for ahead in range(DAYS)}
        self._online = online
        self._wake.set()

    def _forget_before(self, day: date) -> None:
        """Purge days that are over; what fails for want of room, as nothing depends on it, is tried again later."""
        try:
            if self._store is not None:
                self._store.forget_before(day)
        except sqlite3.Error as error:
            log.warning("bookings_not_forgotten before=%s why=%r", day, str(error))

    def _wanted(self) -> list[BookingsWanted]:
        if self._store is None:
            return []
        has = {day: self._store.has(day) for day in self._goal}
        return [
            BookingsWanted(day=day, has=has[day] or 0)
            for day, goal in self._goal.items()
            if goal is None or has[day] != goal
        ]
