"""HTTP routes of learning: which models are in use and why, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from hub.learning import store
from hub.learning.model import Impossible, Shelf, Version
from hub.learning.store import HistoryEntry, ScoreOf
from hub.learning.trial import TrialReport
from hub.ports import Transact
from hub.storage import UnitOfWork
from hub.web.routes import Nothing, Request, Route, problem

Why = Annotated[str, Meta(min_length=1, max_length=300)]


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """How the devices get on with a release."""

    serial: int
    active: int
    failing: dict[str, str]


class WatchStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The published model against the one before it, which still ranks a ``share`` of the visits.

    The watch is over after ``until`` of the published model's ``visits`` with feedback. ``difference`` of the match
    scores: published minus hold-out; its interval holds at all times at once.
    """

    version: str
    holdout: str
    share: float
    until: int
    visits: int
    holdout_visits: int
    score: float | None
    holdout_score: float | None
    difference: float | None
    lower: float
    upper: float
    evidence: float


class ModelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The models in use. ``degraded`` says what is not as it should be, empty when all is.

    ``digest`` is the sha256 of what was ``learned`` from so many of the ``observations``; ``next_candidate_in`` more of
    them make a candidate. ``drift``: the population stability index of each input, below .1 stable, above .25 changed.
    """

    learning: bool
    published: Version | None
    canary: Version | None = None
    canary_share: float = 0.0
    trial: TrialReport | None = None
    watch: WatchStatus | None = None
    observations: int
    learned: int = 0
    digest: str = ""
    next_candidate_in: int = 0
    making: bool = False
    scores: list[ScoreOf] = []
    drift: dict[str, float] = {}
    devices: list[Installed] = []
    trusted_key: str = ""
    degraded: str = ""


class ModelHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All versions, newest first, and what happened to them, newest first."""

    versions: list[Version]
    events: list[HistoryEntry]


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the history."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class RollBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why to go back."""

    why: Why


class MakeCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a candidate now; ``force`` is why it is to pass whatever the gate says, and goes into the history."""

    force: Annotated[str, Meta(max_length=300)] = ""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """The log learned again from nothing beside what was learned as it came."""

    observations: int
    from_log: str
    learned: str
    equal: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's report of a version, as an HTML page."""

    version: str
    html: str


class Learning(Protocol):
    """What the routes need of a hub that learns."""

    async def status(self) -> ModelStatus: ...
    async def roll_back(self, why: str) -> Version | Impossible: ...
    async def make(self, force: str = "") -> Version | Impossible: ...
    async def replay(self) -> tuple[str, str, int]: ...
    async def report_of(self, version: str) -> bytes | None: ...


def routes(transact: Transact, learning: Learning | None) -> Sequence[Route]:
    """The learning room's routes; without ``learning`` the hub only records feedback."""

    def required() -> Learning:
        if learning is None:
            raise problem(409, "not learning", "this hub records feedback and makes no models")
        return learning

    async def status(_request: Request[Nothing, None]) -> ModelStatus:
        if learning is not None:
            return await learning.status()

        def job(unit: UnitOfWork) -> ModelStatus:
            observations, _ = store.extent(unit)
            return ModelStatus(learning=False, published=None, observations=observations, scores=store.scores(unit))

        return await transact(job)

    async def history(request: Request[HistoryQuery, None]) -> ModelHistory:
        def job(unit: UnitOfWork) -> ModelHistory:
            shelf: Shelf = store.load_shelf(unit)
            return ModelHistory(
                versions=list(reversed(shelf.versions)), events=store.history(unit, request.query.limit)
            )

        return await transact(job)

    async def roll_back(request: Request[Nothing, RollBack]) -> Version:
        return _moved(await required().roll_back(request.body.why))

    async def candidate(request: Request[Nothing, MakeCandidate]) -> Version:
        return _moved(await required().make(request.body.force))

    async def replay(_request: Request[Nothing, None]) -> Replayed:
        from_log, learned, observations = await required().replay()
        return Replayed(observations=observations, from_log=from_log, learned=learned, equal=from_log == learned)

    async def report(request: Request[Nothing, None]) -> Report:
        version = request.path["version"]
        found = await required().report_of(version)
        if found is None:
            raise problem(404, "no report", f"the gate has not reported on {version!r}")
        return Report(version=version, html=found.decode())

    return (
        Route(method="GET", path="/v1/models", summary="Which models are in use", handle=status, answer=ModelStatus),
        Route(
            method="GET",
            path="/v1/models/history",
            summary="Every version and what became of it, newest first",
            handle=history,
            answer=ModelHistory,
            query=HistoryQuery,
        ),
        Route(
            method="POST",
            path="/v1/models/rollback",
            summary="Go back to the model before; a canary gives way first",
            handle=roll_back,
            answer=Version,
            body=RollBack,
        ),
        Route(
            method="POST",
            path="/v1/models/candidate",
            summary="Make a candidate of the feedback now, and judge it",
            handle=candidate,
            answer=Version,
            body=MakeCandidate,
        ),
        Route(
            method="POST",
            path="/v1/models/replay",
            summary="Learn the whole log again from nothing and compare",
            handle=replay,
            answer=Replayed,
        ),
        Route(
            method="GET",
            path="/v1/models/{version}/report",
            summary="What the gate said of a version",
            handle=report,
            answer=Report,
        ),
    )


def _moved(version: Version | Impossible) -> Version:
    if isinstance(version, Impossible):
        raise problem(409, "not possible", version.why)
    return version
