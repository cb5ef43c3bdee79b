"""The SQL of visits: tasks, their log, talk segments, feedback, refusals, contacts."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    select,
    update,
)

from contracts.visits import GiveFeedback, SegmentHeard
from hub.storage import LookUp, UnitOfWork, metadata, moment_of, ms
from hub.visits.model import OPEN, State, Task
from hub.visits.score import MatchScore
from models.policy import Contact, Funnel

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("branch", String(63), nullable=False),
    Column("state", String(12), nullable=False),
    Column("customer", String(64)),
    Column("open_key", String(128), unique=True),
    Column("holder", String(63)),
    Column("due_ms", BigInteger, index=True),
    Column("ended_ms", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Column("demand", LargeBinary, nullable=False),
    Index("ix_tasks_branch_state", "branch", "state"),
)
Index(
    "ix_tasks_holder_ended",
    tasks.c.holder,
    tasks.c.ended_ms,
    sqlite_where=tasks.c.holder.is_not(None),
    postgresql_where=tasks.c.holder.is_not(None),
)
visit_log = Table(
    "visit_log",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("task", String(64), nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("device", String(63)),
    Column("detail", String(500), nullable=False),
)
segments = Table(
    "segments",
    metadata,
    Column("task", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("origin", String(12), nullable=False),
    Column("language", String(2), nullable=False),
    Column("text", String(2000), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
feedback = Table(
    "feedback",
    metadata,
    Column("task", String(64), primary_key=True),
    Column("advisor", String(63), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("answers", LargeBinary, nullable=False),
    Column("accuracy", String(16)),
    Column("overlap", Float),
    Column("score", Float, nullable=False),
)
refusals = Table(
    "refusals",
    metadata,
    Column("customer", String(64), primary_key=True),
    Column("product", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("task", String(64), primary_key=True),
    Column("customer", String(64), nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("products", String(200), nullable=False),
)
"""Which products a talk was shown: one row a visit that came to a talk, the codes parted by spaces."""

_BY_ID = LookUp(tasks.c.id, tasks.c.body, by=(tasks.c.id,))
_OPEN_BY_KEY = LookUp(tasks.c.open_key, tasks.c.body, by=(tasks.c.open_key,))
_REFUSED = LookUp(refusals.c.customer, refusals.c.product, refusals.c.at_ms, by=(refusals.c.customer,))
_CONTACTS = LookUp(contacts.c.customer, contacts.c.at_ms, contacts.c.products, by=(contacts.c.customer,))
_CONTACTS_KEPT = timedelta(days=366)
_task_decoder = msgspec.msgpack.Decoder(Task)
_demand_decoder = msgspec.msgpack.Decoder(Funnel)
_encode = msgspec.msgpack.encode
_OPEN_STATES = sorted(OPEN)


class LogEntry(msgspec.Struct, frozen=True):
    """One line of a visit's story."""

    at: datetime
    kind: str
    device: str | None
    detail: str


class KeptSegment(msgspec.Struct, frozen=True):
    """One segment of a talk whose text is kept."""

    index: int
    at: datetime
    origin: str
    language: str
    text: str


def insert_task(unit: UnitOfWork, task: Task, demand: Funnel) -> None:
    """A new task with its demand."""
    unit.insert(tasks, {"id": task.id, "branch": task.branch, **_columns(task), "demand": _encode(demand)})


def save_task(unit: UnitOfWork, task: Task) -> None:
    """A task that changed."""
    unit.write(update(tasks).where(tasks.c.id == task.id).values(**_columns(task)))


def load_task(unit: UnitOfWork, task: str) -> Task | None:
    """A task by id."""
    rows = unit.read(select(tasks.c.body).where(tasks.c.id == task))
    return _task(rows[0][0]) if rows else None


def load_demand(unit: UnitOfWork, task: str) -> Funnel:
    """The demand of a task that exists."""
    rows = unit.read(select(tasks.c.demand).where(tasks.c.id == task))
    return _demand(rows[0][0])


def open_by_key(unit: UnitOfWork, keys: Collection[str]) -> dict[str, Task]:
    """Open visits by ``branch/customer``."""
    if not keys:
        return {}
    rows = unit.look_up(_OPEN_BY_KEY, keys)
    return {str(key): _task(body) for key, body in rows}


def offered_to(unit: UnitOfWork, wanted: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The devices to which each of these tasks was ever offered; what doesn't exist is left out."""
    if not wanted:
        return {}
    return {str(task): _task(body).offered_to for task, body in unit.look_up(_BY_ID, wanted)}


def open_in_branch(unit: UnitOfWork, branch: str) -> list[Task]:
    """All open tasks of a branch, oldest first."""
    wanted = and_(tasks.c.branch == branch, tasks.c.state.in_(_OPEN_STATES))
    return [_task(row[0]) for row in unit.read(select(tasks.c.body).where(wanted).order_by(tasks.c.id))]


def held_in_branch(unit: UnitOfWork, branch: str) -> dict[str, int]:
    """How many open tasks each advisor of a branch holds."""
    wanted = and_(tasks.c.branch == branch, tasks.c.state.in_([State.HELD.value, State.TALKING.value]))
    load: dict[str, int] = {}
    for (holder,) in unit.read(select(tasks.c.holder).where(wanted)):
        load[str(holder)] = load.get(str(holder), 0) + 1
    return load


def for_device(
    unit: UnitOfWork, *, branch: str, advisor: str, done_since: datetime, done_most: int
) -> list[tuple[Task, Funnel]]:
    """Open tasks of the branch, then the advisor's done ones there since a moment (newest first, at most so many)."""
    mine = and_(tasks.c.branch == branch, tasks.c.holder == advisor)
    done = and_(mine, tasks.c.state == State.DONE.value, tasks.c.ended_ms >= ms(done_since))
    opened = and_(tasks.c.branch == branch, tasks.c.state.in_(_OPEN_STATES))
    columns = (tasks.c.body, tasks.c.demand)
    rows = list(unit.read(select(*columns).where(opened).order_by(tasks.c.id)))
    rows += unit.read(select(*columns).where(done).order_by(tasks.c.ended_ms.desc()).limit(done_most))
    return [(_task(body), _demand(demand)) for body, demand in rows]


def due_tasks(unit: UnitOfWork, most: int) -> list[Task]:
    """Open tasks whose escalation or expiry is due, at most so many."""
    due = select(tasks.c.body).where(tasks.c.due_ms <= ms(unit.now)).order_by(tasks.c.due_ms).limit(most)
    return [_task(row[0]) for row in unit.read(due)]


def note(unit: UnitOfWork, task: str, kind: str, *, device: str | None = None, detail: str = "") -> None:
    """A line of the visit's story (W-17): codes and names of devices, never personal data."""
    row = {"task": task, "at_ms": ms(unit.now), "kind": kind, "device": device, "detail": detail[:500]}
    unit.insert(visit_log, row)


def story(unit: UnitOfWork, task: str) -> list[LogEntry]:
    """The visit's log in order."""
    columns = (visit_log.c.at_ms, visit_log.c.kind, visit_log.c.device, visit_log.c.detail)
    rows = unit.read(select(*columns).where(visit_log.c.task == task).order_by(visit_log.c.seq))
    return [LogEntry(moment_of(at), kind, device, detail) for at, kind, device, detail in rows]


def refused_products(unit: UnitOfWork, customers: Collection[str], since: datetime) -> dict[str, dict[str, datetime]]:
    """What these customers refused since a moment: customer → product → when."""
    if not customers:
        return {}
    found: dict[str, dict[str, datetime]] = {}
    for customer, product, at in unit.look_up(_REFUSED, customers):
        if moment_of(at) >= since:
            found.setdefault(str(customer), {})[str(product)] = moment_of(at)
    return found


def save_refusals(unit: UnitOfWork, customer: str, products: Sequence[str], at: datetime) -> None:
    """The customer refused these products."""
    for product in dict.fromkeys(products):
        same = and_(refusals.c.customer == customer, refusals.c.product == product)
        unit.write(delete(refusals).where(same))
        unit.insert(refusals, {"customer": customer, "product": product, "at_ms": ms(at)})


def contacts_of(unit: UnitOfWork, customers: Collection[str]) -> dict[str, tuple[Contact, ...]]:
    """The talks of these customers in which they were shown products, oldest first."""
    if not customers:
        return {}
    found: dict[str, list[Contact]] = {}
    for customer, at, products in unit.look_up(_CONTACTS, customers):
        found.setdefault(str(customer), []).append(Contact(moment_of(at), tuple(str(products).split())))
    return {customer: tuple(sorted(talks, key=lambda talk: talk.at)) for customer, talks in found.items()}


def save_contact(unit: UnitOfWork, task: str, customer: str, products: Sequence[str]) -> None:
    """In this visit the customer is shown these products; once a visit. What no rule looks at any more is forgotten."""
    if unit.read(select(contacts.c.task).where(contacts.c.task == task)):
        return
    forgotten = and_(contacts.c.customer == customer, contacts.c.at_ms < ms(unit.now - _CONTACTS_KEPT))
    unit.write(delete(contacts).where(forgotten))
    row = {"task": task, "customer": customer, "at_ms": ms(unit.now), "products": " ".join(products)}
    unit.insert(contacts, row)


def save_segment(unit: UnitOfWork, heard: SegmentHeard, at: datetime) -> None:
    """A segment of the talk, at its place."""
    row = {
        "task": heard.task_id,
        "position": heard.index,
        "origin": heard.origin.value,
        "language": heard.language.value,
        "text": heard.text,
        "at_ms": ms(at),
    }
    unit.insert(segments, row)


def segments_of(unit: UnitOfWork, task: str) -> list[KeptSegment]:
    """What was said in a talk, as far as its branch keeps it, in order."""
    columns = (segments.c.position, segments.c.at_ms, segments.c.origin, segments.c.language, segments.c.text)
    rows = unit.read(select(*columns).where(segments.c.task == task).order_by(segments.c.position))
    return [
        KeptSegment(position, moment_of(at), origin, language, text) for position, at, origin, language, text in rows
    ]


def forget_segments(unit: UnitOfWork, branch: str, before: datetime) -> None:
    """Delete what was said in a branch's talks before a moment."""
    mine = select(tasks.c.id).where(tasks.c.branch == branch)
    unit.write(delete(segments).where(and_(segments.c.task.in_(mine), segments.c.at_ms < ms(before))))


def forget_segments_elsewhere(unit: UnitOfWork, branches: Collection[str]) -> None:
    """Delete what was said in talks of branches that are no more."""
    gone = select(tasks.c.id).where(tasks.c.branch.not_in(list(branches)))
    unit.write(delete(segments).where(segments.c.task.in_(gone)))


def save_feedback(unit: UnitOfWork, given: GiveFeedback, advisor: str, scored: MatchScore) -> None:
    """The answers with their score."""
    row = {
        "task": given.task_id,
        "advisor": advisor,
        "at_ms": ms(unit.now),
        "outcome": given.outcome.value,
        "answers": _encode(given),
        "accuracy": scored.accuracy.value if scored.accuracy else None,
        "overlap": scored.overlap,
        "score": scored.score,
    }
    unit.insert(feedback, row)


def recent_tasks(unit: UnitOfWork, *, branch: str | None, open_only: bool, most: int) -> list[Task]:
    """Tasks for people to look at, newest first."""
    chosen = select(tasks.c.body).order_by(tasks.c.id.desc()).limit(most)
    if branch is not None:
        chosen = chosen.where(tasks.c.branch == branch)
    if open_only:
        chosen = chosen.where(tasks.c.state.in_(_OPEN_STATES))
    return [_task(row[0]) for row in unit.read(chosen)]


def _columns(task: Task) -> dict[str, object]:
    return {
        "state": task.state.value,
        "customer": task.customer,
        "open_key": task.open_key,
        "holder": task.holder,
        "due_ms": ms(task.due) if task.open else None,
        "ended_ms": ms(task.ended) if task.ended else None,
        "body": _encode(task),
    }


def _task(body: object) -> Task:
    assert isinstance(body, bytes)
    return _task_decoder.decode(body)


def _demand(body: object) -> Funnel:
    assert isinstance(body, bytes)
    return _demand_decoder.decode(body)
