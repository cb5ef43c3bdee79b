"""A small bank whose customers' wishes are known, its trained model, and a hub that learns from their visits."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np

from contracts.visits import ClaimTask, GiveFeedback, Outcome
from hub.config import HubConfig
from hub.customers import StoredCustomer
from hub.learning import store
from hub.learning.files import ModelFolder, own_key
from hub.learning.loop import LearningLoop
from hub.learning.model import Shelf, Version
from hub.learning.parts import LearningTools
from hub.learning.ports import Fruitless, Job, Made
from hub.learning.settings import LearningConfig
from hub.learning.store import Logged
from hub.learning.workshop import make_candidate, replay_log
from hub.visits import store as visits_store
from models.card import CARD_FORMAT, DataSource, Learner, ModelCard, Quantisation, encode_card
from models.catalogue import Catalogue, encode_catalogue, parse_catalogue
from models.customers import CustomerRecord
from models.drift import reference_histograms
from models.features import FeatureSpace
from models.graph import to_onnx
from models.policy import Funnel
from models.registry import Trust
from models.registry.manifest import CARD_FILE, CATALOGUE_FILE, MODEL_FILE
from models.scorer import OnnxScorer
from models.weights import RankingModel
from runtime.ids import SeededIds
from tests.unit.hub.rig import NINE, HandClock, Rig

PRODUCTS = ("card", "loan", "fund", "bond", "cover", "saver", "gold", "lease")
SETTINGS = LearningConfig(
    candidate_every=200,
    judge_observations=200,
    judge_least=100,
    canary_share=0.4,
    canary_observations=40,
    checkpoint_every=50,
    look_every_s=0.01,
)


def small_bank() -> Catalogue:
    """Eight products of two categories, sold to the old and the young."""
    text = """
    name = "schoolbank"
    title = {en = "School bank", zh = "学校银行", ko = "학교 은행"}
    policy = {explore_epsilon = 0.6, explore_temperature = 20.0}
    [[category]]
    code = "credit"
    names = {en = "Credit", zh = "信贷", ko = "대출"}
    [[category]]
    code = "wealth"
    names = {en = "Wealth", zh = "财富", ko = "자산"}
    [[business]]
    code = "advice"
    names = {en = "Advice", zh = "咨询", ko = "상담"}
    [[profile]]
    code = "age"
    kind = "number"
    low = 0.0
    high = 100.0
    default = 40.0
    names = {en = "Age", zh = "年龄", ko = "나이"}
    """
    for at, code in enumerate(PRODUCTS):
        category = "credit" if at % 2 else "wealth"
        text += f'[[product]]\ncode = "{code}"\ncategory = "{category}"\n'
        text += f'names = {{en = "{code}", zh = "{code}", ko = "{code}"}}\n'
    return parse_catalogue("\n".join(line.strip() for line in text.splitlines()), origin="school")


def wishes(person: CustomerRecord, *, changed: bool) -> np.typing.NDArray[np.float64]:
    """How much this customer wants each product; after the change of taste the order is turned round."""
    age = person.profile["age"] / 100.0
    base = np.linspace(1.5, -1.5, len(PRODUCTS))
    by_age = np.array([2.0 if at % 2 else -2.0 for at in range(len(PRODUCTS))]) * (age - 0.5)
    utility = 1.5 * (-base if changed else base) + by_age
    return np.array(
        [-np.inf if code in person.holdings else value for code, value in zip(PRODUCTS, utility, strict=True)]
    )


def people(count: int) -> list[CustomerRecord]:
    """Customers of the school bank."""
    chance = random.Random("people")
    return [
        CustomerRecord(
            ref=f"c-{number:05d}",
            display_name=f"Person {number}",
            profile={"age": chance.uniform(18.0, 90.0)},
            holdings=frozenset({chance.choice(PRODUCTS)}),
            hidden_product=None,
            segment="",
            risk_rating=5,
            age=40,
            age_band="",
        )
        for number in range(count)
    ]


def trained(directory: Path) -> OnnxScorer:
    """The bank's model, exactly right about the wishes before the change of taste."""
    catalogue = small_bank()
    space = FeatureSpace(catalogue)
    coefficient = np.zeros((space.size, len(PRODUCTS)))
    coefficient[space.names.index("age")] = [2.0 if at % 2 else -2.0 for at in range(len(PRODUCTS))]
    reference = np.zeros(space.size)
    reference[space.names.index("age")] = 0.5
    model = RankingModel(space, coefficient, 1.5 * np.linspace(1.5, -1.5, len(PRODUCTS)), reference)
    content = to_onnx(model)
    digest = hashlib.sha256(content).hexdigest()
    rows = space.rows(people(500)).matrix
    card = ModelCard(
        format=CARD_FORMAT,
        name="schoolbank",
        version=f"school-{digest[:8]}",
        catalogue=catalogue.name,
        products=PRODUCTS,
        inputs=space.raw_names,
        features=space.names,
        feature_hash=space.hash,
        model_sha256=digest,
        model_bytes=len(content),
        parity_max_abs=0.0,
        data=DataSource("school", "School", "written down", "none", digest, 0, 0, 0),
        protocol="none",
        learner=Learner("written down", 0, 1.0, (), 0, 0, 0, 1.0, ()),
        quantisation=Quantisation(False, 0.0, len(content), 0),
        two_commonest=PRODUCTS[:2],
        held_out=(),
        gains=(),
        cross_validated=(),
        reference=reference_histograms(space, rows),
        limits="a test's.",
    )
    directory.mkdir(parents=True)
    (directory / MODEL_FILE).write_bytes(content)
    (directory / CATALOGUE_FILE).write_bytes(encode_catalogue(catalogue))
    (directory / CARD_FILE).write_bytes(encode_card(card))
    return OnnxScorer.load(directory)


class School:
    """A hub of the small bank with its writer running; visits are played in batches."""

    def __init__(self, rig: Rig, customers: Sequence[CustomerRecord], folder: Path, came: int) -> None:
        self.rig = rig
        self._customers = {one.ref: one for one in customers}
        self._order = list(customers)
        self._chance = random.Random(f"school/{came}")
        self.folder = folder
        self.came = came
        self.answers = honest

    @property
    def loop(self) -> LearningLoop:
        """The hub's loop of learning."""
        loop = self.rig.hub.learning.loop
        assert loop is not None
        return loop

    def visit(self, count: int, *, changed: bool = True) -> list[float]:
        """So many visits from ticket to feedback; returns their match scores."""
        before = {task.id for task in self.rig.tasks()}
        for start in range(0, count, 50):
            self._some_visits(min(50, count - start), changed)
        return [task.match_score or 0.0 for task in self.rig.tasks() if task.id not in before]

    def _some_visits(self, count: int, changed: bool) -> None:
        rig = self.rig
        letters = []
        for _ in range(count):
            customer = self._order[self.came % len(self._order)]
            self.came += 1
            letters.append(rig.letter("kiosk-main", rig.ticket("kiosk-main", f"A{self.came:05d}", customer.ref)))
        known = {task.id for task in rig.tasks()}
        rig.clock.advance(1.0)
        rig.deliver(*letters)
        new = [task for task in rig.tasks() if task.id not in known]
        rig.deliver(*(rig.letter("watch-ada", ClaimTask(task_id=task.id)) for task in new))
        rig.deliver(*(rig.letter("watch-ada", self._feedback(task.id, task.customer or "", changed)) for task in new))

    def _feedback(self, task: str, ref: str, changed: bool) -> GiveFeedback:
        demand = self.demand(task)
        person = self._customers[ref]
        utility = wishes(person, changed=changed)
        chances = np.exp(utility - utility.max())
        wanted = self._chance.choices(PRODUCTS, chances.tolist())[0]
        return self.answers(task, demand, wanted)

    @property
    def shelf(self) -> Shelf:
        """All versions."""
        return self.rig.hub.engine.run(store.load_shelf)[0]

    @property
    def published(self) -> Version:
        """The version that everyone gets."""
        found = self.shelf.published
        assert found is not None
        return found

    def version(self, name: str) -> Version:
        """A version that there is."""
        found = self.shelf.named(name)
        assert found is not None
        return found

    def history(self) -> list[tuple[str, str]]:
        """Version and change, oldest first."""
        found, _ = self.rig.hub.engine.run(lambda unit: store.history(unit, 100))
        return [(entry.version, entry.change) for entry in reversed(found)]

    def log(self) -> list[Logged]:
        """All observations."""
        return self.rig.hub.engine.run(lambda unit: store.log_after(unit, 0, 10_000))[0]

    async def until_canary(self) -> Version:
        """Let it learn and make its first candidate."""
        await self.loop.step()
        await self.loop.maker.finished()
        await self.loop.step()
        canary = self.shelf.canary
        assert canary is not None, self.history()
        return canary

    async def until_published(self) -> Version:
        """Have a candidate made, tried and published."""
        made = await self.loop.make()
        canary = self.shelf.canary
        assert canary is not None, made
        self.visit(200)
        await self.loop.step()
        assert self.published.version == canary.version, self.history()
        return self.published

    def ranked_by(self, count: int) -> list[str]:
        """Which version ranked each of the last visits, newest first."""
        return [self.demand(task.id).version for task in self.rig.tasks()[:count]]

    def demand(self, task: str) -> Funnel:
        """What the hub thought of a visit."""
        found, _ = self.rig.hub.engine.run(lambda unit: visits_store.load_demand(unit, task))
        return found


class ThreadWorkshop:
    """Makes candidates in a thread of this process."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        self._folder = folder
        self._shipped = shipped

    async def make(self, job: Job) -> Made | Fruitless:
        """See :class:`hub.learning.ports.Workshop`."""
        return await asyncio.to_thread(make_candidate, job, self._folder, self._shipped)

    async def replay(self, base: str, bodies: Sequence[bytes]) -> str:
        """See :class:`hub.learning.ports.Workshop`."""
        return await asyncio.to_thread(replay_log, self._shipped, bodies)


def honest(task: str, demand: Funnel, wanted: str) -> GiveFeedback:
    """The customer takes what they want if they are shown it; else there is no sale."""
    shown = [product.code for product in demand.shown]
    if wanted in shown:
        return GiveFeedback(task_id=task, outcome=Outcome.SUCCESS, products=(wanted,))
    return GiveFeedback(task_id=task, outcome=Outcome.FAILURE, refused=tuple(shown[:1]))


def tools_in(folder: Path, shipped: Path) -> LearningTools:
    """A folder of models with a key of its own; candidates are made in a thread."""
    key = own_key(folder / "keys")
    return LearningTools(
        models=ModelFolder(folder / "models", shipped, key, Trust([key.public])),
        workshop=ThreadWorkshop(folder / "models", shipped),
        trusted_key=str(folder / "keys" / "models.pub"),
    )


@asynccontextmanager
async def school(
    url: str,
    folder: Path,
    *,
    settings: LearningConfig = SETTINGS,
    run: int = 1,
    clock: HandClock | None = None,
    came: int = 0,
) -> AsyncIterator[School]:
    """A learning hub on a database and a folder that outlive it; ``came``: visits that there were before."""
    shipped = folder / "shipped"
    scorer = OnnxScorer.load(shipped) if shipped.exists() else trained(shipped)
    customers = people(4000)
    rig = Rig(
        url,
        customers=[StoredCustomer(one, None) for one in customers],
        config=HubConfig(learning=settings),
        scorer=scorer,
        learning=tools_in(folder, shipped),
        run=run,
        clock=clock,
    )
    rig.ids = SeededIds(f"school{run}", run)
    running = asyncio.ensure_future(rig.hub.server.run())
    try:
        rig.bind("main", "watch-ada")
        yield School(rig, customers, folder, came)
    finally:
        assert rig.hub.learning.loop is not None
        await rig.hub.learning.loop.maker.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        rig.close()


VISITS = 400
"""Of a prepared school; the first fifty before the customers' taste changed."""


@asynccontextmanager
async def prepared(played: Path, folder: Path, *, settings: LearningConfig = SETTINGS) -> AsyncIterator[School]:
    """A hub whose customers' taste changed 350 visits ago, and that has not yet looked; ``played`` keeps it."""
    if not (played / "hub.sqlite").exists():
        async with school(f"sqlite:///{played / 'hub.sqlite'}", played) as one:
            one.visit(50, changed=False)
            one.visit(VISITS - 50)
    copied = shutil.copytree(played, folder / "hub")
    clock = HandClock(NINE + timedelta(hours=8))
    url = f"sqlite:///{copied / 'hub.sqlite'}"
    async with school(url, copied, settings=settings, run=2, clock=clock, came=VISITS) as one:
        yield one
