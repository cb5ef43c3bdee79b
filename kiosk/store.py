"""The kiosk's durable store: counts and tickets, in the same SQLite file and transactions as the mailbox (K-05)."""

from datetime import date, timedelta

import msgspec

from contracts.lobby import NumbersLeased
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database, Migrations

KEPT = timedelta(days=7)
"""How long delivered tickets and their requests are kept."""

AHEAD = timedelta(days=1)
"""A count of a day that is later by more than this came from a clock that was wrong."""

migrations = Migrations("kiosk")


@migrations()
def m0001_tickets(db: Database) -> None:
    """The last count of each day and class, the clock's correction at the last ticket, the tickets."""
    db.conn.execute(
        "create table count (day text not null, service_class text not null, last integer not null,"
        " primary key (service_class, day))"
    )
    db.conn.execute("create table clock (one integer primary key check (one = 1), offset_s real not null)")
    db.conn.execute(
        "create table ticket (seq integer primary key autoincrement, ticket text not null unique,"
        " message text not null unique, number text not null, day text not null, request text unique,"
        " trace text not null, taken_at text not null)"
    )
    db.conn.execute("create index ticket_by_day on ticket (day)")


@migrations()
def m0002_leases(db: Database) -> None:
    """Blocks of numbers that the hub leased, the next of each; the code on a ticket that its customer follows."""
    db.conn.execute(
        "create table lease (service_class text not null, serial integer not null, last integer not null,"
        " next integer not null, primary key (service_class, serial))"
    )
    db.conn.execute("alter table ticket add column follow text not null default ''")


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """Leased numbers of a class: how many are ``left``; the kiosk has blocks up to ``has``, and used those below
    ``uses`` up."""

    left: int
    has: int
    uses: int


class StoredTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as it was issued: its id, its message's id, the number, the trace. No customer: the hub has that."""

    ticket: str
    message: str
    number: str
    trace: str
    follow: str = ""


class TicketStore:
    """The ticket tables beside a mailbox; every change is made in the mailbox's transaction."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._db = mailbox.database
        migrations.apply(self._db)

    def clock_offset(self) -> timedelta:
        """How far the machine's clock was corrected at the last ticket."""
        row = self._db.conn.execute("select offset_s from clock").fetchone()
        return timedelta(seconds=row[0]) if row else timedelta(0)

    def keep_clock_offset(self, offset: timedelta) -> None:
        """Remember how far the machine's clock is corrected at this ticket."""
        self._db.conn.execute("insert or replace into clock (one, offset_s) values (1, ?)", (offset.total_seconds(),))

    def next_count(self, service_class: str, *, today: date, since: date) -> int:
        """The next count of a class: one more than the highest given out since then, in any order of days."""
        (last,) = self._db.conn.execute(
            "select max(last) from count where service_class = ? and day >= ?", (service_class, since.isoformat())
        ).fetchone()
        count = (last or 0) + 1
        # A clock that went back over midnight will come to the later day again: there its count goes on from here. But
        # a clock that was far ahead once mustn't keep the count going for ever.
        self._db.conn.execute(
            "delete from count where service_class = ? and (day = ? or day > ?)",
            (service_class, today.isoformat(), (today + AHEAD).isoformat()),
        )
        self._db.conn.execute(
            "update count set last = ? where service_class = ? and day > ?", (count, service_class, today.isoformat())
        )
        self._db.conn.execute(
            "insert into count (day, service_class, last) values (?, ?, ?)", (today.isoformat(), service_class, count)
        )
        if count == 1:
            self._forget_before(today - KEPT)
        return count

    def keep_lease(self, leased: NumbersLeased) -> bool:
        """Keep a block, in a transaction of its own; whether it is a new one."""
        with self._mailbox.transaction():
            kept = self._db.conn.execute(
                "insert or ignore into lease (service_class, serial, last, next) values (?, ?, ?, ?)",
                (leased.service_class, leased.serial, leased.last, leased.first),
            )
            return kept.rowcount > 0

    def leased(self, service_class: str) -> Leased:
        """What there is of leased numbers of a class."""
        left, has, uses = self._db.conn.execute(
            "select coalesce(sum(last - next + 1), 0), coalesce(max(serial), 0),"
            " min(case when next <= last then serial end) from lease where service_class = ?",
            (service_class,),
        ).fetchone()
        return Leased(left=left, has=has, uses=has + 1 if uses is None else uses)

    def next_leased(self, service_class: str) -> int | None:
        """The next leased number of a class, taken in the mailbox's transaction; null when none is left."""
        row = self._db.conn.execute(
            "select serial, next from lease where service_class = ? and next <= last order by serial limit 1",
            (service_class,),
        ).fetchone()
        if row is None:
            return None
        serial, count = row
        self._db.conn.execute(
            "update lease set next = ? where service_class = ? and serial = ?", (count + 1, service_class, serial)
        )
        self._db.conn.execute("delete from lease where service_class = ? and serial < ?", (service_class, serial))
        return int(count)

    def add(self, ticket: StoredTicket, *, day: date, taken_at: str, request: str | None) -> None:
        """Keep an issued ticket."""
        self._db.conn.execute(
            "insert into ticket (ticket, message, number, day, request, trace, taken_at, follow)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                ticket.ticket,
                ticket.message,
                ticket.number,
                day.isoformat(),
                request,
                ticket.trace,
                taken_at,
                ticket.follow,
            ),
        )

    def of_request(self, request: str) -> StoredTicket | None:
        """The ticket that this request was given."""
        return self._one("select ticket, message, number, trace, follow from ticket where request = ?", request)

    def of_message(self, message: str) -> StoredTicket | None:
        """The ticket that this message is about."""
        return self._one("select ticket, message, number, trace, follow from ticket where message = ?", message)

    def _forget_before(self, day: date) -> None:
        self._db.conn.execute("delete from count where day < ?", (day.isoformat(),))
        self._db.conn.execute(
            "delete from ticket where day < ? and message not in (select id from outbox)", (day.isoformat(),)
        )

    def _one(self, query: str, key: str) -> StoredTicket | None:
        row = self._db.conn.execute(query, (key,)).fetchone()
        return StoredTicket(ticket=row[0], message=row[1], number=row[2], trace=row[3], follow=row[4]) if row else None
