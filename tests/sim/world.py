"""What a seed means: branches, people, devices, how wrong their clocks are, and what goes wrong."""

from __future__ import annotations

import random
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from contracts.fields import DeviceKind, Language
from hub.customers import StoredCustomer
from hub.fleet.store import Registry
from hub.kernel import Advisor, Branch, Device, PolicyKind, Role
from models.customers import CustomerRecord
from models.population import open_customers
from models.ranking import Ranker
from models.scorer import OnnxScorer, artefact_directory
from models.talk.lexicon import Lexicon
from runtime.bus.memory import Faults

BRANCHES = ("north", "south", "east")
CLOSED_BRANCH = "vault"
"""A branch that exists and that nobody is allowed to bind to."""

ZONES = ("UTC", "America/Los_Angeles", "Asia/Seoul")
"""In Los Angeles the simulation begins at midnight: a clock that is slow counts in the day before."""


class KioskPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A kiosk; ``open_catalogue``: it takes any business and leaves the judgement to the hub."""

    name: str
    branch: str
    series: str
    zone: str
    wrong_by_s: float
    open_catalogue: bool


class WristPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A wearable; ``restlessness`` is how often its advisor changes the branch."""

    name: str
    kind: DeviceKind
    advisor: Advisor
    wrong_by_s: float
    restlessness: float


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each fault fall into the active time, beside the network's own ``faults``."""

    faults: Faults
    commit_s: float
    partitions: int
    broker_restarts: int
    hub_kills: int
    hub_crash_points: int
    storage_failures: int
    agent_kills: int
    agent_crash_points: int
    agent_stops: int


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens to the models at the hub at a time of the run."""

    at_s: float
    kind: str
    share: float = 1.0


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a seed decides beforehand; the rest is drawn while it runs, from the same seed."""

    seed: int
    active_s: float
    registry: Registry
    customers: tuple[StoredCustomer, ...]
    kiosks: tuple[KioskPlan, ...]
    wrists: tuple[WristPlan, ...]
    arrival_s: float
    pace_s: float
    trouble: Trouble
    releases: tuple[Release, ...] = ()

    @property
    def branches(self) -> dict[str, Branch]:
        """The branches by name."""
        return {branch.name: branch for branch in self.registry.branches}


@cache
def analyst() -> Ranker:
    """The trained model of the simulated bank, loaded once a process."""
    return Ranker(OnnxScorer.load(artefact_directory("simbank")))


@cache
def lexicon() -> Lexicon:
    """The words for the simulated bank's products."""
    return Lexicon.of(analyst().scorer.catalogue)


@cache
def people() -> tuple[CustomerRecord, ...]:
    """Customers of the simulated bank."""
    return tuple(open_customers("simbank", seed=0, count=40))


def chance_of(seed: int, *name: str) -> random.Random:
    """A stream of chance of its own for each user: what one draws doesn't move what another draws."""
    return random.Random(f"{seed}/{'/'.join(name)}")


def build_world(seed: int, *, models: bool = True) -> World:
    """The world of a seed; without ``models`` its devices take none."""
    chance = chance_of(seed, "world")
    registry = _registry(chance)
    advisors = {advisor.name: advisor for advisor in registry.advisors}
    zones = {branch.name: branch.time_zone for branch in registry.branches}
    restlessness = chance.choice((0.0, 0.02, 0.1))
    names = sorted(advisors)
    customers = tuple(
        StoredCustomer(record, chance.choice(names) if chance.random() < 0.7 else None)
        for record in chance.sample(people(), chance.randint(3, 12))
    )
    kiosks: list[KioskPlan] = []
    for branch in BRANCHES:
        for device in registry.devices:
            if device.kind is DeviceKind.KIOSK and device.branch == branch:
                series = "AB"[len([kiosk for kiosk in kiosks if kiosk.branch == branch])]
                kiosks.append(
                    KioskPlan(
                        name=device.name,
                        branch=branch,
                        series=series,
                        zone=zones[branch],
                        wrong_by_s=_wrong_by_s(chance),
                        open_catalogue=chance.random() < 0.3,
                    )
                )
    active_s = chance.uniform(8.0, 24.0)
    return World(
        seed=seed,
        active_s=active_s,
        registry=registry,
        customers=customers,
        kiosks=tuple(kiosks),
        wrists=tuple(
            WristPlan(
                name=device.name,
                kind=device.kind,
                advisor=advisors[device.advisor],
                wrong_by_s=_wrong_by_s(chance),
                restlessness=restlessness,
            )
            for device in registry.devices
            if device.advisor is not None
        ),
        arrival_s=chance.uniform(1.5, 6.0),
        pace_s=chance.uniform(0.2, 1.0),
        trouble=_trouble(chance),
        releases=_releases(chance_of(seed, "releases"), active_s) if models else (),
    )


def zone_of(plan: KioskPlan) -> ZoneInfo:
    """The kiosk's time zone."""
    return ZoneInfo(plan.zone)


def _registry(chance: random.Random) -> Registry:
    businesses = [business.code for business in analyst().scorer.catalogue.business]
    policies = chance.sample(list(PolicyKind), 3)
    branches = [
        Branch(
            transcript_days=1,
            name=name,
            title=name.title(),
            policy=policy,
            claim_within_s=chance.uniform(0.7, 5.0),
            task_lifetime_s=chance.uniform(3.0, 25.0),
            held_lifetime_s=chance.uniform(4.0, 40.0),
            time_zone=chance.choice(ZONES),
        )
        for name, policy in zip(BRANCHES[: chance.choice((2, 2, 3))], policies, strict=False)
    ]
    names = [branch.name for branch in branches]
    branches.append(Branch(name=CLOSED_BRANCH, title="Vault"))
    advisors, devices = [], []
    for number in range(1, chance.randint(2, 4) + 1):
        advisor = Advisor(
            name=f"advisor-{number}",
            branches=tuple(sorted(chance.sample(names, chance.randint(1, len(names))))),
            role=chance.choice(list(Role)),
            language=chance.choice(list(Language)),
            skills=tuple(chance.sample(businesses, 3)) if chance.random() < 0.3 else (),
        )
        advisors.append(advisor)
        devices.append(Device(name=f"watch-{number}", kind=DeviceKind.WATCH, advisor=advisor.name))
        if chance.random() < 0.35:
            devices.append(Device(name=f"band-{number}", kind=DeviceKind.BAND, advisor=advisor.name))
    for name in names:
        for number in range(1, chance.choice((1, 1, 2)) + 1):
            devices.append(Device(name=f"kiosk-{name}-{number}", kind=DeviceKind.KIOSK, branch=name))
    return Registry(branches=tuple(branches), advisors=tuple(advisors), devices=tuple(devices))


def _releases(chance: random.Random, active_s: float) -> tuple[Release, ...]:
    """What is published: in every other world nothing, in the others something at the beginning in any case."""
    if chance.random() < 0.5:
        return ()
    kinds = ("publish", "publish", "canary", "roll back", "stranger", "replay", "damage")
    more = [
        Release(at_s=chance.uniform(0.0, active_s), kind=chance.choice(kinds), share=chance.choice((0.3, 0.6)))
        for _ in range(chance.randint(0, 3))
    ]
    return (Release(at_s=0.0, kind="publish"), *sorted(more, key=lambda release: release.at_s))


def _wrong_by_s(chance: random.Random) -> float:
    return chance.choice((0.0, 0.0, 0.0, chance.uniform(-20.0, 20.0), -3600.0, 3600.0))


def _trouble(chance: random.Random) -> Trouble:
    slowest_s = chance.choice((0.02, 0.2, 1.5))
    rough = chance.choice((0.0, 0.05, 0.25))
    return Trouble(
        faults=Faults(
            delay_s=(0.002, slowest_s),
            drop=chance.uniform(0.0, rough),
            duplicate=chance.uniform(0.0, rough),
            reorder=chance.uniform(0.0, rough),
        ),
        commit_s=chance.choice((0.0, 0.0, 0.01, 0.3, 0.8)),
        partitions=chance.randint(0, 6),
        broker_restarts=chance.randint(0, 2),
        hub_kills=chance.randint(0, 2),
        hub_crash_points=chance.randint(0, 3),
        storage_failures=chance.choice((0, 0, 1, 3)),
        agent_kills=chance.randint(0, 4),
        agent_crash_points=chance.randint(0, 6),
        agent_stops=chance.randint(0, 2),
    )
