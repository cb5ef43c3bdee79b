"""The life of a model version: a table of stages and changes, and the shelf that all versions stand on. Pure (W-16).

::

    candidate ─ pass ──▶ gated ─ try ──▶ canary ─ promote ──▶ published ─ supersede ──▶ superseded
       │ force ─▶ gated                    │                    │    ◀───── restore ───────┘
       └ refuse ▶ refused ─ force ─▶ gated └── roll_back ──▶ rolled_back ◀─ roll_back ─ published

A published version that has one before it is watched: a hold-out share of the visits is still ranked by the one before,
until it is settled that the published one stays, it is rolled back, or the next takes its place. Superseded and refused
versions that are too old to come back are retired, and their files go.

Devices only ever go up: every time that content is released, also when older content comes back, it is under a new,
higher serial number. A promoted canary keeps its own: it is newer than what the other devices have.
"""

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec


class Stage(StrEnum):
    """Where a version is in its life."""

    CANDIDATE = "candidate"
    REFUSED = "refused"
    GATED = "gated"
    CANARY = "canary"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled_back"
    RETIRED = "retired"


class Change(StrEnum):
    """What can happen to a version."""

    PASS = "pass"
    REFUSE = "refuse"
    FORCE = "force"
    TRY = "try"
    PROMOTE = "promote"
    SUPERSEDE = "supersede"
    ROLL_BACK = "roll_back"
    RESTORE = "restore"
    SETTLE = "settle"
    RETIRE = "retire"


TABLE: dict[tuple[Stage, Change], Stage] = {
    (Stage.CANDIDATE, Change.PASS): Stage.GATED,
    (Stage.CANDIDATE, Change.REFUSE): Stage.REFUSED,
    (Stage.CANDIDATE, Change.FORCE): Stage.GATED,
    (Stage.REFUSED, Change.FORCE): Stage.GATED,
    (Stage.GATED, Change.TRY): Stage.CANARY,
    (Stage.CANARY, Change.PROMOTE): Stage.PUBLISHED,
    (Stage.CANARY, Change.ROLL_BACK): Stage.ROLLED_BACK,
    (Stage.PUBLISHED, Change.SUPERSEDE): Stage.SUPERSEDED,
    (Stage.PUBLISHED, Change.ROLL_BACK): Stage.ROLLED_BACK,
    (Stage.PUBLISHED, Change.SETTLE): Stage.PUBLISHED,
    (Stage.SUPERSEDED, Change.RESTORE): Stage.PUBLISHED,
    (Stage.SUPERSEDED, Change.RETIRE): Stage.RETIRED,
    (Stage.REFUSED, Change.RETIRE): Stage.RETIRED,
}
"""What is not in the table can't happen."""

RELEASES = frozenset({Change.TRY, Change.RESTORE})
"""Changes that bring content to devices, so under a serial number of its own; a promoted canary keeps its own."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate found on the part of the log that the candidate did not learn from.

    ``estimate`` is the gain over the model in use, in products taken a visit, with its confidence interval.
    """

    passed: bool
    estimate: float
    lower: float
    upper: float
    epsilon: float
    judged: int
    why: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A model version with all that history shows of it.

    ``learned`` counts the observations it was corrected with, ``learned_to`` is the place in the log of the last one,
    ``digest`` the sha256 of the learner after it; ``observed`` counts all there were when it was made. ``since`` is the
    log's last place when its canary began, or the watch after its publication; ``watched``: that goes on. ``serial`` is
    its last release (0: never released), at ``released_at``; ``rolls_back``: that one brought it back. ``content`` is
    the sha256 over its files, empty for the hub's base.
    """

    version: str
    parent: str
    stage: Stage
    made_at: datetime
    changed_at: datetime
    why: str = ""
    serial: int = 0
    released_at: datetime | None = None
    rolls_back: bool = False
    content: str = ""
    learned: int = 0
    learned_to: int = 0
    digest: str = ""
    observed: int = 0
    since: int = 0
    watched: bool = False
    forced: bool = False
    verdict: Verdict | None = None


class Impossible(msgspec.Struct, frozen=True):
    """A change that the table or the shelf doesn't allow, and what to do instead."""

    why: str


class Shelf(msgspec.Struct, frozen=True):
    """All versions in the order they were made. One is published; at most one is in its canary."""

    versions: tuple[Version, ...] = ()
    serial: int = 0

    def at(self, stage: Stage) -> Version | None:
        """The newest version at a stage."""
        return next((one for one in reversed(self.versions) if one.stage is stage), None)

    @property
    def published(self) -> Version | None:
        """What everyone gets."""
        return self.at(Stage.PUBLISHED)

    @property
    def canary(self) -> Version | None:
        """What the canary share gets."""
        return self.at(Stage.CANARY)

    @property
    def previous(self) -> Version | None:
        """What a roll-back of the published version brings back: of what was published, the last released."""
        earlier = [one for one in self.versions if one.stage is Stage.SUPERSEDED]
        return max(earlier, key=lambda one: one.serial, default=None)

    @property
    def holdout(self) -> Version | None:
        """What the published version is watched against: what a roll-back would bring back; null without a watch."""
        published = self.published
        return self.previous if published is not None and published.watched else None

    def named(self, version: str) -> Version | None:
        """The version of this name."""
        return next((one for one in self.versions if one.version == version), None)


def found(version: str, now: datetime) -> Shelf:
    """A shelf with the model that came with the hub, published."""
    base = Version(
        version=version,
        parent="",
        stage=Stage.PUBLISHED,
        made_at=now,
        changed_at=now,
        why="came with the hub",
    )
    return Shelf((_released(base, 1, now),), serial=1)


def base_of(shelf: Shelf) -> str:
    """The base that the published version stands on; empty for an empty shelf."""
    one = _first(shelf)
    return one.version if one is not None else ""


def rebase(shelf: Shelf, version: str, now: datetime) -> Shelf:
    """The shelf after the hub was given another base model: what stood on the old one never comes back by itself."""
    why = f"the hub's base is now {version}"
    ended = {Stage.CANARY: Stage.ROLLED_BACK, Stage.CANDIDATE: Stage.REFUSED, Stage.GATED: Stage.REFUSED}
    ended |= {Stage.PUBLISHED: Stage.RETIRED, Stage.SUPERSEDED: Stage.RETIRED}
    kept = [_with(one, ended[one.stage], now, why) if one.stage in ended else one for one in shelf.versions]
    serial = shelf.serial + 1
    again = shelf.named(version)
    base = found(version, now).versions[0] if again is None else _with(again, Stage.PUBLISHED, now, "the base again")
    base = _released(base, serial, now, rolls_back=again is not None)
    versions = [base if one.version == version else one for one in kept]
    return Shelf(tuple(versions if again is not None else [*versions, base]), serial)


def add(shelf: Shelf, candidate: Version) -> Shelf | Impossible:
    """The shelf with a new candidate."""
    if candidate.stage is not Stage.CANDIDATE:
        return Impossible(f"{candidate.version} is {candidate.stage.value}: only a candidate is new")
    if shelf.named(candidate.version) is not None:
        return Impossible(f"{candidate.version} is on the shelf already: the log taught nothing new")
    return Shelf((*shelf.versions, candidate), shelf.serial)


def apply(
    shelf: Shelf,
    version: str,
    change: Change,
    now: datetime,
    why: str,
    *,
    verdict: Verdict | None = None,
    since: int = 0,
    watch: bool = False,
) -> Shelf | Impossible:
    """The shelf after a change of one version, with what follows for the others.

    Promoting supersedes the published one; rolling back the published one restores the one before it, and ends a
    canary, which was judged against the one that goes. ``since``: the log's last place, where a canary or a watch
    begins. ``watch``: whoever is published by this is watched, where there is one before it.
    """
    one = shelf.named(version)
    if one is None:
        return Impossible(f"there is no version {version!r}: `usher models history` lists them")
    stage = TABLE.get((one.stage, change))
    if stage is None:
        return Impossible(f"{version} is {one.stage.value}: {change.value} is not possible")
    if change is Change.SUPERSEDE:
        return Impossible(f"{version} is {one.stage.value}: it is superseded when another is promoted")
    if change is Change.TRY and shelf.canary is not None:
        return Impossible(f"{shelf.canary.version} is in its canary: one at a time")
    if change is Change.SETTLE and not one.watched:
        return Impossible(f"{version} is {one.stage.value} and not watched: there is nothing to settle")
    previous, published, canary = shelf.previous, shelf.published, shelf.canary
    if change is Change.RETIRE and one in (previous, _first(shelf)):
        return Impossible(f"{version} is {one.stage.value} and what a roll-back brings back: it is not retired")
    if change is Change.ROLL_BACK and one.stage is Stage.PUBLISHED and previous is None:
        return Impossible(f"{version} is the first: there is nothing to go back to")
    begins = since if change is Change.TRY else 0
    changed = {version: _with(one, stage, now, why, verdict=verdict, since=begins, forced=change is Change.FORCE)}
    if change in (Change.PROMOTE, Change.RESTORE) and published is not None:
        changed[published.version] = _with(published, Stage.SUPERSEDED, now, f"{version} took its place")
    gives_way = change is Change.RESTORE or (change is Change.ROLL_BACK and one == published)
    if gives_way and canary is not None and published is not None:
        # What comes back is released above the canary, which could not be brought to those devices any more.
        gone = f"it was judged against {published.version}, which gave way: {why}"
        changed[canary.version] = _with(canary, TABLE[(canary.stage, Change.ROLL_BACK)], now, gone[:400])
    serial = shelf.serial + 1
    if change in RELEASES:
        changed[version] = _released(changed[version], serial, now, rolls_back=change is Change.RESTORE)
    elif change is Change.ROLL_BACK:
        # Devices of the canary share go back too, and a device only ever goes up: what stays is released again.
        back = previous if one.stage is Stage.PUBLISHED else published
        if back is not None:
            if back.stage is Stage.SUPERSEDED:
                back = _with(back, TABLE[(back.stage, Change.RESTORE)], now, f"back for {version}: {why}")
            changed[back.version] = _released(back, serial, now, rolls_back=True)
    else:
        serial = shelf.serial
    after = Shelf(tuple(changed.get(each.version, each) for each in shelf.versions), serial)
    return _watching(shelf, after, since) if watch else after


def retire(shelf: Shelf, keep: int, now: datetime) -> Shelf:
    """The shelf without a way back to what was superseded or refused before the newest ``keep`` versions.

    What a roll-back would bring back stays, and so does the base, the last resort.
    """
    for one in shelf.versions[:-keep]:
        retired = apply(shelf, one.version, Change.RETIRE, now, "too old to come back: its files are not kept")
        shelf = shelf if isinstance(retired, Impossible) else retired
    return shelf


def out_of_use(shelf: Shelf, keep: int) -> list[str]:
    """Versions that never come back and are not among the newest ``keep``: their files have no use. Never the base."""
    ended, base = (Stage.RETIRED, Stage.ROLLED_BACK), base_of(shelf)
    return [one.version for one in shelf.versions[:-keep] if one.stage in ended and one.version != base]


def lift(shelf: Shelf, above: int, now: datetime) -> Shelf:
    """The shelf with what is in use released again above a serial: devices have taken higher ones than it counts,
    because it was restored from a copy."""
    serial = max(shelf.serial, above)
    lifted: dict[str, Version] = {}
    for one in (shelf.published, shelf.canary):
        if one is not None:
            serial += 1
            lifted[one.version] = _released(one, serial, now, rolls_back=one.stage is Stage.PUBLISHED)
    return Shelf(tuple(lifted.get(one.version, one) for one in shelf.versions), serial)


def chosen(name: str, version: str, share: float) -> bool:
    """Whether a visit or a device is in the canary share of a version: by hash, so for good and for a random part."""
    digest = hashlib.blake2b(f"{version}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2.0**64


def _first(shelf: Shelf) -> Version | None:
    one = shelf.published
    while one is not None and one.parent:
        one = shelf.named(one.parent)
    return one


def _watching(before: Shelf, after: Shelf, since: int) -> Shelf:
    """The shelf with the published version watched, if it is another than before and has one before it."""
    one, was = after.published, before.published
    if one is None or after.previous is None or (was is not None and was.version == one.version):
        return after
    watched = msgspec.structs.replace(one, watched=True, since=since)
    return Shelf(tuple(watched if each is one else each for each in after.versions), after.serial)


def _released(one: Version, serial: int, now: datetime, *, rolls_back: bool = False) -> Version:
    return msgspec.structs.replace(one, serial=serial, released_at=now, rolls_back=rolls_back)


def _with(
    one: Version,
    stage: Stage,
    now: datetime,
    why: str,
    *,
    verdict: Verdict | None = None,
    since: int = 0,
    forced: bool = False,
) -> Version:
    return msgspec.structs.replace(
        one,
        stage=stage,
        changed_at=now if stage is not one.stage else one.changed_at,
        why=why,
        verdict=verdict or one.verdict,
        since=since or one.since,
        watched=False,
        forced=one.forced or forced,
    )
