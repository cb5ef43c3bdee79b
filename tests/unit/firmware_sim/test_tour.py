"""The tour: what it names exists, and how it goes on, waits and gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import pytest

from contracts.fields import Language
from device_agent.events import EVENT_NAMES
from device_agent.presenters.desk import Desk as WristDesk
from device_agent.presenters.pages import Face, Stand
from device_agent.texts import load_catalogue as load_wrist_texts
from device_agent.ui.scenes import NOW, Still, scenes
from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import KIOSK, WEARERS, Heard
from firmware_sim.fleet.house import HubReady
from firmware_sim.fleet.tour import Tour
from firmware_sim.fleet.tour_script import ANN, BO, TOUR, Act, Await, Hold, HubAway, HubBack, Scene, Swipe, Touch
from kiosk.core.taking import Business
from kiosk.events import KioskEvent
from kiosk.presenters.desk import Card, Desk
from kiosk.presenters.guide import stops
from kiosk.presenters.house import Order
from kiosk.presenters.pages import NoCard, PickBusiness, PickLanguage
from kiosk.texts import load_wording
from models.catalogues import load_catalogue

PLACES = ("first", "second", "third")


def acts() -> Iterator[Act]:
    for scene in TOUR:
        yield from scene.ahead
        yield from scene.acts


def touched(*devices: str) -> set[str]:
    return {act.name for act in acts() if isinstance(act, Touch) and act.device in devices}


class Counter:
    online = True

    def take(self, order: Order) -> Given:
        return Given()

    def cards(self) -> tuple[Card, ...]:
        return tuple(Card(f"c-{count}", f"Customer {count}") for count in range(4))


class Given:
    number = "AA001"


def kiosk_names() -> set[str]:
    businesses = [Business(code=one.code) for one in load_catalogue("simbank").business]
    wordings = {language: load_wording(language) for language in Language}
    desk = Desk(Counter(), place="here", businesses=businesses, wordings=wordings)
    local = datetime(2026, 3, 2, tzinfo=UTC)
    found: set[str] = set()
    for tap in (None, PickLanguage(Language.EN), NoCard(), PickBusiness(businesses[0].code)):
        if tap is not None:
            desk.tap(tap, at_s=0.0, local=local)
        page = desk.show(at_s=0.0, local=local)
        found |= {choice.name for choice in stops(page)}
    return found


def wrist_names() -> set[str]:
    """What can be touched on any page of the wrist; products by their place in the plan."""
    texts = load_wrist_texts(Language.EN)
    found: set[str] = set()
    for scene in scenes(Language.EN):
        desk = WristDesk(Still(scene.state))
        desk.route = scene.route
        page = desk.show(texts, now=NOW, local=NOW)
        if isinstance(page, Face):
            found.add(page.pill.name)
            continue
        found |= {"back"} if page.back is not None else set()
        found |= {button.name for button in page.buttons}
        for block in page.blocks:
            found |= {str(getattr(block, "name", ""))}
            if isinstance(block, Stand):
                found |= {f"interest {block.name}", f"refusal {block.name}"}
    plans = {view.task: view.plan.products for scene in scenes(Language.EN) for view in scene.state.book.pending()}
    for products in plans.values():
        for place, product in zip(PLACES, products, strict=False):
            for name in list(found):
                if product.code in name.split():
                    found.add(name.replace(product.code, f"{{{place}}}"))
    return found


def test_the_tour_touches_only_what_the_kiosk_has() -> None:
    assert touched(KIOSK) <= kiosk_names()


def test_the_tour_touches_only_what_the_wrists_have() -> None:
    assert touched(*(wearer.device for wearer in WEARERS)) <= wrist_names()


def test_the_tour_names_only_devices_and_events_that_exist() -> None:
    devices = {KIOSK, *(wearer.device for wearer in WEARERS)}
    of_kiosk = {str(kind.__struct_config__.tag) for kind in KioskEvent.__args__}
    for act in acts():
        if isinstance(act, Touch | Swipe | Await):
            assert act.device in devices
        if isinstance(act, Await):
            assert act.event in (of_kiosk if act.device == KIOSK else EVENT_NAMES), act


def test_a_caption_fits_its_place() -> None:
    for scene in TOUR:
        assert len(scene.title) <= 44, scene.title
        assert len(scene.text) <= 84, scene.text


class Branch:
    """Answers a touch with what it was told to say."""

    def __init__(self, answers: Mapping[str, list[Heard]]) -> None:
        self.hear: Callable[[str, Heard], None] = lambda _device, _heard: None
        self.done: list[str] = []
        self._answers = {name: list(heard) for name, heard in answers.items()}

    async def tell(self, device: str, command: Mapping[str, object]) -> None:
        name = str(command.get("name", command.get("to")))
        self.done.append(f"{device} {command['do']} {name}")
        if answers := self._answers.get(name):
            self.hear(device, answers.pop(0))

    async def stop_hub(self) -> None:
        self.done.append("hub away")

    async def start_hub(self) -> HubReady:
        self.done.append("hub back")
        return HubReady(event="ready", broker="", http="", token="", model="", models_key="")


async def play(branch: Branch, *told: Scene) -> list[str]:
    captions: list[str] = []
    tour = Tour(
        lambda scene, title, text: captions.append(f"{scene} {title}: {text}"), told, patience_s=0.3, answer_s=0
    )
    branch.hear = tour.hear
    await tour.play(branch)
    return captions


async def test_it_touches_again_what_is_not_there_yet_and_tells_what_it_has_heard() -> None:
    not_yet = Heard(event="command_refused", detail="not on the screen")
    branch = Branch(
        {
            "savings": [not_yet, Heard(event="ticket", number="AA007", at_ns=1_000_000)],
            "look": [Heard(event="offered", task="t-1", products=("fund", "loan"))],
            "feel": [Heard(event="alert", at_ns=43_000_000)],
            "fund": [],
        }
    )
    captions = await play(
        branch,
        Scene("One", "begins", (Touch(KIOSK, "savings", 0), Await(KIOSK, "ticket"), Touch(BO, "look", 0))),
        Scene("Two", "{number} is here", (Touch(BO, "feel", 0), Touch(ANN, "{first}", 0), Swipe(ANN, "left", 0))),
        Scene("Three", "after {ms} ms", (HubAway(), HubBack(), Hold(0)), ahead=(Await(BO, "alert"),)),
    )
    assert captions == ["1 One: begins", "2 Two: AA007 is here", "3 Three: after 42 ms"]
    assert branch.done == [
        *("kiosk-1 touch savings", "kiosk-1 touch savings", "watch-bo touch look", "watch-bo touch feel"),
        *("watch-ann touch fund", "watch-ann swipe left", "hub away", "hub back"),
    ]


async def test_it_waits_for_the_advisors_own_claim() -> None:
    branch = Branch({"take": [Heard(event="claimed", mine=False), Heard(event="claimed", mine=True)]})
    await play(branch, Scene("T", "", (Touch(ANN, "take", 0), Touch(ANN, "take", 0), Await(ANN, "claimed", mine=True))))
    with pytest.raises(DemoError, match=r"scene 1 \(T\): watch-bo never said 'claimed'"):
        await play(branch, Scene("T", "", (Await(BO, "claimed"),)))


async def test_what_never_comes_up_is_named() -> None:
    refused = [Heard(event="command_refused", detail="not on the screen")] * 100_000
    with pytest.raises(DemoError, match=r"scene 1 \(T\): watch-ann 'take': not on the screen"):
        await play(Branch({"take": refused}), Scene("T", "", (Touch(ANN, "take"),)))


async def test_a_caption_of_what_nobody_knows_is_an_error() -> None:
    with pytest.raises(DemoError, match="nothing is known of 'score'"):
        await asyncio.wait_for(play(Branch({}), Scene("T", "{score}", ())), 5)
