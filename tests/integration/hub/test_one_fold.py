"""Wrist and hub make the same plan of the same talk, byte for byte but for when it was made (W-13)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from importlib.resources import files

import msgspec
import pytest

from contracts import AnyMessage
from contracts.fields import Language
from contracts.visits import (
    ClaimTask,
    Consent,
    Plan,
    SegmentHeard,
    SegmentOrigin,
    Speaker,
    Stance,
    StartTalk,
    TapAbout,
    TapSignal,
)
from device_agent.core.followed import Followed, caught_up, with_segment, with_tap
from device_agent.core.rerank import reranked
from models.talk.evidence import About
from models.talk.lexicon import Lexicon
from tests.unit.hub.rig import NINE, Rig, simbank

pytestmark = pytest.mark.req("W-12", "W-13")

SAYS = {Language.EN: "en", Language.ZH: "zh", Language.KO: "ko"}

WIDE = (("insurance", TapAbout.CATEGORY), ("fund", TapAbout.CONCEPT), ("home", TapAbout.NEED))


class Said(msgspec.Struct):
    """Of a line of the utterance suite what a talk is made of."""

    text: str
    speaker: Speaker = Speaker.UNKNOWN


class Line(msgspec.Struct):
    """A line of the utterance suite."""

    utterance: Said


def lines(language: Language) -> list[Said]:
    """Real branch talk: the utterance suite."""
    text = files("benchmarks.talk.utterances").joinpath(f"{SAYS[language]}.jsonl").read_bytes()
    return [msgspec.json.decode(line, type=Line).utterance for line in text.splitlines() if line.strip()]


def a_talk(task: str, language: Language, seed: int, products: Sequence[str]) -> Iterator[AnyMessage]:
    """Speech with a tap now and then."""
    chance = random.Random(f"{language}/{seed}")
    for index, said in enumerate(chance.sample(lines(language), 15)):
        yield SegmentHeard(
            task_id=task,
            index=index,
            origin=SegmentOrigin.SPEECH,
            language=language,
            text=said.text,
            speaker=said.speaker,
            at_ms=4000 * index,
        )
        if chance.random() < 0.25:
            yield TapSignal(task_id=task, product=chance.choice(products), stance=chance.choice(list(Stance)))
        elif chance.random() < 0.1:
            code, about = chance.choice(WIDE)
            yield TapSignal(task_id=task, product=code, about=about, stance=chance.choice(list(Stance)))


def followed_by(followed: Followed, message: AnyMessage, lexicon: Lexicon) -> Followed:
    """What the wrist does with its own message."""
    match message:
        case SegmentHeard():
            return with_segment(followed, message, lexicon)
        case TapSignal():
            return with_tap(followed, message.product, About(message.about.value), message.stance, lexicon)
        case _:
            raise AssertionError(message)


def mine(first: Plan, followed: Followed, lexicon: Lexicon, language: Language) -> bytes:
    """The wrist's plan."""

    def name_of(about: About, code: str) -> str:
        return lexicon.name_of(about, code, language.value)

    return as_bytes(reranked(first, followed.inputs, followed.inputs_before, name_of).plan)


def as_bytes(plan: Plan) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(plan, made_at=NINE))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("seed", range(4))
def test_every_plan_of_a_talk_is_the_same_on_both(rig: Rig, language: Language, seed: int) -> None:
    wearer = {Language.EN: "watch-ada", Language.ZH: "watch-ben", Language.KO: "watch-cho"}[language]
    rig.bind("main", wearer)
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept(wearer, ClaimTask(task_id=task))
    rig.accept(wearer, StartTalk(task_id=task, consent=Consent.GRANTED))
    first = rig.wrist(wearer).tasks[task].plan
    lexicon = Lexicon.of(simbank().catalogue)
    products = simbank().catalogue.product_codes
    followed, shown = Followed(), {as_bytes(first)}
    for message in a_talk(task, language, seed, products):
        rig.accept(wearer, message)
        followed = followed_by(followed, message, lexicon)
        hubs = rig.wrist(wearer).tasks[task].plan
        assert mine(first, followed, lexicon, language) == as_bytes(hubs), message
        shown.add(as_bytes(hubs))
    rig.tick(31)
    followed = caught_up(followed)
    assert mine(first, followed, lexicon, language) == as_bytes(rig.wrist(wearer).tasks[task].plan)
    assert len(shown) > 3, "a talk that moved nothing shows nothing"
