"""One talk, heard and typed: hub and wrist make the same plan of it, whichever way it came (W-10, W-13)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from contracts.fields import Language
from contracts.visits import Consent, Plan, TaskState
from device_agent.core.hearing import Spoken
from device_agent.core.talk import Hearing
from device_agent.replay.recording import segments_of
from hub.visits import store
from models.talk.lexicon import Lexicon
from runtime.speech.choosing import EngineKind, EngineSettings, choose_engine
from tests.sim.pair import Pair
from tests.unit.hub.rig import NINE, simbank

LINES = ("I don't want a credit card.", "I am interested in home insurance.", "We already have a mortgage.")

pytestmark = pytest.mark.req("W-10", "W-12", "W-13")


def as_bytes(plan: Plan) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(plan, made_at=NINE))


def talk(pair: Pair, said: list[Spoken]) -> tuple[Plan, Plan]:
    """The hub's plan and the wrist's own after a talk of these utterances."""
    task = pair.claimed()
    pair.agent.start_talk(task, Consent.GRANTED)
    pair.exchange()
    for spoken in said:
        pair.ear.says(spoken)
        own = pair.agent.own_talk
        assert own is not None
        before_the_hub_knows = own[1]
        pair.exchange()
        hubs = pair.hubs_plan(task)
        assert as_bytes(before_the_hub_knows) == as_bytes(hubs), spoken
    own = pair.agent.own_talk
    assert own is not None
    return pair.hubs_plan(task), own[1]


def typed(lines: tuple[str, ...]) -> list[Spoken]:
    return [
        Spoken(text=line, language=Language.EN, engine="test", at_ms=4000 * (place + 1))
        for place, line in enumerate(lines)
    ]


@pytest.fixture
def pair() -> Pair:
    return Pair(Lexicon.of(simbank().catalogue))


def test_what_is_heard_reaches_the_hub_and_both_make_the_same_plan(pair: Pair) -> None:
    first = simbank().catalogue.product_codes
    hubs, mine = talk(pair, typed(LINES))
    assert as_bytes(hubs) == as_bytes(mine)
    assert "home_insurance" in {product.code for product in hubs.products}
    assert not {"credit_card", "mortgage"} & {product.code for product in hubs.products}
    assert set(first) >= {product.code for product in hubs.products}
    pair.close()


def test_the_hub_out_of_reach_the_wrist_goes_on_and_they_agree_when_they_meet(pair: Pair) -> None:
    task = pair.claimed()
    pair.agent.start_talk(task, Consent.GRANTED)
    pair.exchange()
    before = pair.hubs_plan(task)
    pair.cut()
    for spoken in typed(LINES):
        pair.ear.says(spoken)
    shown = pair.agent.state.book.tasks[task].plan
    assert as_bytes(shown) != as_bytes(before)
    assert as_bytes(pair.hubs_plan(task)) == as_bytes(before)
    pair.restart()  # kill -9: what was heard is on disk as signals and letters
    assert as_bytes(pair.agent.state.book.tasks[task].plan) == as_bytes(shown)
    pair.mend()
    assert as_bytes(pair.hubs_plan(task)) == as_bytes(shown)
    assert pair.agent.state.book.tasks[task].state is TaskState.TALKING
    pair.close()


def test_without_consent_the_ear_is_never_opened(pair: Pair) -> None:
    task = pair.claimed()
    pair.agent.start_talk(task, Consent.REFUSED)
    pair.exchange()
    assert pair.ear.did == []
    session = pair.agent.state.session
    assert session is not None
    assert session.hearing is Hearing.REFUSED
    pair.close()


def test_audio_and_text_give_the_same_plan_on_hub_and_wrist(pair: Pair, tmp_path: Path) -> None:
    """Real sound through pause detection and the second engine, then the same words as text."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed: nothing can say the lines")
    whisper = EngineSettings(engine=EngineKind.WHISPER)
    if (choice := choose_engine("en", whisper)).engine is None:
        pytest.skip(f"no Whisper here: {choice.why}")
    heard: list[Spoken] = []
    for place, line in enumerate(LINES):
        wav = tmp_path / f"{place}.wav"
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "135", "-w", str(wav), line], check=True)
        for segment in segments_of(wav, Language.EN, engines=whisper):
            at_ms = 4000 * (place + 1)
            heard.append(
                Spoken(text=segment.text, language=Language.EN, engine=segment.engine, at_ms=at_ms, words=segment.words)
            )
    assert [spoken.engine for spoken in heard] == ["whisper"] * len(LINES)
    hubs, mine = talk(pair, heard)
    assert as_bytes(hubs) == as_bytes(mine)
    again = Pair(Lexicon.of(simbank().catalogue))
    from_text, _ = talk(again, [msgspec.structs.replace(spoken, engine="typed") for spoken in heard])
    assert as_bytes(from_text) == as_bytes(hubs)
    plainly, _ = talk_of_lines()
    assert [one.code for one in hubs.products] == [one.code for one in plainly.products], "as if it had been read"
    again.close()
    pair.close()


def talk_of_lines() -> tuple[Plan, Plan]:
    other = Pair(Lexicon.of(simbank().catalogue))
    plans = talk(other, typed(LINES))
    other.close()
    return plans


def test_the_text_is_kept_nowhere_on_the_device_once_the_hub_has_it(pair: Pair) -> None:
    hubs, _ = talk(pair, typed(("I don't want a zanzibar credit card.",)))
    assert hubs.products
    assert b"zanzibar" not in pair.stored()
    found = pair.rig.hub.engine.run(lambda unit: store.segments_of(unit, pair.task))[0]
    assert [one.text for one in found] == ["I don't want a zanzibar credit card."], "the branch keeps it"
    pair.close()
