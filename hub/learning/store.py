"""The SQL of learning: the log of observations, the learner's checkpoints, the shelf of versions and its history."""

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, String, Table, delete, func, select, update

from hub.learning.model import Shelf, Version
from hub.storage import UnitOfWork, metadata, moment_of, ms
from models.feedback import Observation

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

observations = Table(
    "observations",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("model", String(80), nullable=False),
    Column("score", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Everything that was ever learned from, in the order of learning: nothing in it changes and nothing leaves it."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("learner", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("observations", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", LargeBinary, nullable=False),
)
"""The learner's state after the observation at ``seq``; ``learner`` is the base model whose log it learned from."""

model_versions = Table(
    "model_versions",
    metadata,
    Column("version", String(80), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("stage", String(12), nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
model_history = Table(
    "model_history",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("version", String(80), nullable=False),
    Column("change", String(16), nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("detail", String(500), nullable=False),
)

_encode = msgspec.msgpack.encode
_observation = msgspec.msgpack.Decoder(Observation)
_version = msgspec.msgpack.Decoder(Version)


class Logged(msgspec.Struct, frozen=True):
    """An observation at its place in the log, as it is stored."""

    seq: int
    body: bytes

    @property
    def observation(self) -> Observation:
        """The observation."""
        return decode(self.body)


class ScoreOf(msgspec.Struct, frozen=True):
    """How a model's plans fared: how many visits have feedback, and their mean match score."""

    version: str
    visits: int
    score: float


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The learner's state after ``seq``, ``observations`` of them; ``digest``: sha256 of ``state``, in hexadecimal."""

    seq: int
    observations: int
    digest: str
    state: bytes

    @property
    def whole(self) -> bool:
        """Whether the bytes are those that were saved."""
        return hashlib.sha256(self.state).hexdigest() == self.digest


class HistoryEntry(msgspec.Struct, frozen=True):
    """One line of the models' history."""

    at: datetime
    version: str
    change: str
    serial: int
    detail: str


def decode(body: bytes) -> Observation:
    """An observation as the log keeps it."""
    return _observation.decode(body)


def record(unit: UnitOfWork, observed: Observation) -> None:
    """Append to the log, with the unit's next flush."""
    row = {
        "id": observed.id,
        "at_ms": ms(observed.at),
        "model": observed.model,
        "score": observed.match_score,
        "body": _encode(observed),
    }
    unit.insert(observations, row)


def log_after(unit: UnitOfWork, seq: int, most: int) -> list[Logged]:
    """The log after a place, in its order, at most so many."""
    columns = (observations.c.seq, observations.c.body)
    rows = unit.read(select(*columns).where(observations.c.seq > seq).order_by(observations.c.seq).limit(most))
    return [Logged(int(at), bytes(body)) for at, body in rows]


def scores_after(unit: UnitOfWork, seq: int) -> list[tuple[int, str, float]]:
    """Place, model and match score of each observation after a place, in the order of the log."""
    columns = (observations.c.seq, observations.c.model, observations.c.score)
    rows = unit.read(select(*columns).where(observations.c.seq > seq).order_by(observations.c.seq))
    return [(int(at), str(model), float(score)) for at, model, score in rows]


def scores(unit: UnitOfWork) -> list[ScoreOf]:
    """How each model's plans fared, over the whole log."""
    columns = (observations.c.model, func.count(), func.avg(observations.c.score))
    rows = unit.read(select(*columns).group_by(observations.c.model).order_by(observations.c.model))
    return [ScoreOf(str(model), int(visits), float(mean)) for model, visits, mean in rows]


def place_before(unit: UnitOfWork, back: int) -> int:
    """The place in the log with exactly ``back`` observations after it; 0 when there are fewer."""
    rows = unit.read(select(observations.c.seq).order_by(observations.c.seq.desc()).offset(back).limit(1))
    return int(rows[0][0]) if rows else 0


def count_after(unit: UnitOfWork, seq: int) -> int:
    """How many observations there are after a place."""
    return int(unit.read(select(func.count()).where(observations.c.seq > seq))[0][0])


def extent(unit: UnitOfWork) -> tuple[int, int]:
    """How many observations there are, and the last place."""
    rows = unit.read(select(func.count(), func.max(observations.c.seq)).select_from(observations))
    count, last = rows[0]
    return int(count), int(last or 0)


def save_checkpoint(unit: UnitOfWork, learner: str, checkpoint: Checkpoint, keep: int) -> None:
    """A checkpoint; of this learner only the newest ``keep`` stay."""
    same = checkpoints.c.learner == learner
    unit.write(delete(checkpoints).where(same, checkpoints.c.seq == checkpoint.seq))
    row = {"learner": learner, "at_ms": ms(unit.now), **msgspec.structs.asdict(checkpoint)}
    unit.insert(checkpoints, row)
    oldest = unit.read(select(checkpoints.c.seq).where(same).order_by(checkpoints.c.seq.desc()).offset(keep).limit(1))
    if oldest:
        unit.write(delete(checkpoints).where(same, checkpoints.c.seq <= oldest[0][0]))


def checkpoints_until(unit: UnitOfWork, learner: str, seq: int) -> list[Checkpoint]:
    """The learner's checkpoints at or before a place, newest first."""
    columns = (checkpoints.c.seq, checkpoints.c.observations, checkpoints.c.digest, checkpoints.c.state)
    wanted = select(*columns).where(checkpoints.c.learner == learner, checkpoints.c.seq <= seq)
    return [
        Checkpoint(seq=int(at), observations=int(count), digest=str(digest), state=bytes(state))
        for at, count, digest, state in unit.read(wanted.order_by(checkpoints.c.seq.desc()))
    ]


def load_shelf(unit: UnitOfWork) -> Shelf:
    """The shelf as it was saved; empty before the first start."""
    rows = unit.read(select(model_versions.c.body).order_by(model_versions.c.place))
    versions = tuple(_version.decode(bytes(body)) for (body,) in rows)
    return Shelf(versions, max((one.serial for one in versions), default=0))


def save_shelf(unit: UnitOfWork, before: Shelf, after: Shelf) -> None:
    """What changed on the shelf, with a line of history for each version that did."""
    known = {one.version: one for one in before.versions}
    for place, one in enumerate(after.versions):
        was = known.get(one.version)
        if was == one:
            continue
        columns = {"place": place, "stage": one.stage.value, "serial": one.serial, "body": _encode(one)}
        if was is None:
            unit.insert(model_versions, {"version": one.version, **columns})
        else:
            unit.write(update(model_versions).where(model_versions.c.version == one.version).values(**columns))
        note(unit, one.version, _what_happened(was, one), one.serial, one.why)


def _what_happened(was: Version | None, one: Version) -> str:
    if was is None or was.stage is not one.stage:
        return one.stage.value
    return "released" if was.serial != one.serial else "settled"


def note(unit: UnitOfWork, version: str, change: str, serial: int, detail: str) -> None:
    """A line of history."""
    row = {"at_ms": ms(unit.now), "version": version, "change": change, "serial": serial, "detail": detail[:500]}
    unit.insert(model_history, row)


def history(unit: UnitOfWork, most: int) -> list[HistoryEntry]:
    """The newest lines of history, newest first."""
    columns = (
        model_history.c.at_ms,
        model_history.c.version,
        model_history.c.change,
        model_history.c.serial,
        model_history.c.detail,
    )
    rows = unit.read(select(*columns).order_by(model_history.c.seq.desc()).limit(most))
    return [
        HistoryEntry(moment_of(at), str(version), str(change), int(serial), str(detail))
        for at, version, change, serial, detail in rows
    ]
