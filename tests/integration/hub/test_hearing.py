"""Speech from a band through the broker to the hub's talk and back, with everything that goes wrong on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contracts.audio import AudioHeard, AudioStop
from contracts.session import MessageRefused
from contracts.visits import Consent, GiveFeedback, Outcome
from hub.hearing.settings import HearingConfig
from runtime.bus.memory import Faults
from tests.hearing_house import ON, HearingHouse, hearing_house
from tests.scripted_hearing import ScriptedRecognition, opened, words
from tests.virtual_time import pass_time, run_virtually, until

BAND = "band-ada"
NOISY = Faults(delay_s=(0.0, 0.08), drop=0.08, duplicate=0.1, reorder=0.3)


def play(
    folder: Path,
    what: Callable[[HearingHouse, ScriptedRecognition], Awaitable[None]],
    *,
    seats: int = 4,
    frame_s: float = 0.001,
    hearing: HearingConfig = ON,
    seed: int = 0,
) -> None:
    """Run a play in a house with scripted recognisers, in virtual time, its database in a folder."""

    async def main() -> None:
        pool = ScriptedRecognition(seats, frame_s=frame_s)
        async with hearing_house(f"sqlite:///{folder / 'hub.sqlite'}", pool, hearing=hearing, seed=seed) as here:
            await what(here, pool)

    run_virtually(main)


@pytest.mark.req("W-11")
def test_what_a_band_hears_becomes_the_talk_and_comes_back_with_its_place(tmp_path: Path) -> None:
    async def what(here: HearingHouse, _pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001")
        band = await here.band(BAND)
        band.listen(task)
        await band.say("no", "funds", "please", ".", "a", "bond", "maybe", ".", "so", "much")
        band.uplink.close()
        await until(lambda: band.watcher.over, within_s=10)
        finals = [(heard.index, heard.text, heard.engine) for heard in band.watcher.finals]
        assert finals == [(0, "no funds please", "script"), (1, "a bond maybe", "script"), (2, "so much", "script")]
        assert here.said(task) == band.watcher.texts
        assert band.watcher.partials[0] == "no"
        assert here.rig.metric("usher_messages_total", type="audio.frames.v1") == 2

    play(tmp_path, what)


@pytest.mark.req("W-10", "W-11")
@pytest.mark.parametrize("consent", [Consent.REFUSED, None])
def test_without_consent_nothing_is_decoded(tmp_path: Path, consent: Consent | None) -> None:
    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001", consent) if consent else here.rig.walk_in("kiosk-main", "A001")
        band = await here.band(BAND)
        band.listen(task)
        await band.say(*("secret",) * 150)
        why = AudioStop.NO_CONSENT if consent else AudioStop.NOT_HELD
        assert [refused.why for refused in band.watcher.refusals] == [why]
        # Not even frames that were sent without leave.
        await band.send(words("stream-0009", 0, "secret", "."))
        await pass_time(1.0)
        assert (pool.decoded, pool.voices, here.said(task)) == (0, [], [])

    play(tmp_path, what)


@pytest.mark.req("W-10")
def test_when_the_talk_is_over_the_hub_stops_listening(tmp_path: Path) -> None:
    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001")
        band = await here.band(BAND)
        band.listen(task)
        await band.say("yes", ".", "half", "a", "word")
        here.rig.accept(BAND, GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
        await band.say(*("after",) * 100)
        assert [refused.why for refused in band.watcher.refusals] == [AudioStop.NOT_HELD]
        assert pool.voices == []
        assert here.said(task) == ["yes"]

    play(tmp_path, what)


@pytest.mark.req("W-11")
@pytest.mark.parametrize("seed", range(12))
def test_over_a_bad_line_text_still_comes_and_every_frame_is_accounted_for(tmp_path: Path, seed: int) -> None:
    async def what(here: HearingHouse, _pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001")
        band = await here.band(BAND)
        here.broker.faults = NOISY
        band.listen(task)
        said = 0
        for sentence in range(20):
            spoken = [f"s{sentence}w{word}" for word in range(12)]
            await band.say(*spoken, ".", ".", ".")
            said += 15
        band.uplink.close()
        await until(lambda: band.watcher.over, within_s=60)
        text = " ".join(here.said(task))
        there = sum(f"s{sentence}w{word}" in text for sentence in range(20) for word in range(12))
        fates = {
            fate: here.rig.metric("usher_hearing_frames_total", fate=fate)
            for fate in ("in order", "lost", "late", "repeated", "unasked")
        }
        assert there >= 0.6 * 240, fates
        assert fates["lost"] > 0
        assert fates["in order"] + fates["lost"] == said
        assert fates["repeated"] + fates["late"] > 0
        # The device holds the same segments as the hub, each at its place, whatever was lost of them on the way.
        assert [heard.index for heard in band.watcher.finals] == list(range(len(band.watcher.finals)))
        assert here.said(task) == band.watcher.texts

    play(tmp_path, what, seed=seed)


@pytest.mark.req("W-11")
def test_a_slow_hub_holds_back_the_band_and_what_it_leaves_out_is_counted(tmp_path: Path) -> None:
    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001")
        band = await here.band(BAND)
        band.listen(task)
        await band.say(*(*("word",) * 49, ".") * 30)
        # Half of real time: of 30 s the hub worked off 15, five seconds are under way and two wait.
        assert 350 <= band.uplink.left_out <= 500
        assert 900 <= band.uplink.sent <= 1050
        assert pool.decoded == band.uplink.sent, "nothing was spent on what is not there"
        band.uplink.close()
        await until(lambda: band.watcher.over, within_s=60)
        text = " ".join(here.said(task))
        assert text.count("word") == pool.fed.count(b"word") >= 0.95 * band.uplink.sent
        assert len(pool.fed) == band.uplink.sent
        assert here.rig.metric("usher_hearing_frames_total", fate="left out") == band.uplink.left_out

    play(tmp_path, what, frame_s=0.04)


def test_a_broken_connection_costs_what_was_said_meanwhile_and_no_more(tmp_path: Path) -> None:
    async def what(here: HearingHouse, _pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001")
        band = await here.band(BAND)
        band.listen(task)
        await band.say("before", ".")
        here.broker.partitioned.add(BAND)
        here.broker.cut(BAND)
        await band.say(*("away",) * 250)
        here.broker.partitioned.clear()
        await until(lambda: band.bus.connected, within_s=60)
        await band.say(".", *("after",) * 5, ".")
        band.uplink.close()
        await until(lambda: band.watcher.over, within_s=20)
        said = here.said(task)
        assert said[0] == "before"
        assert said[-1] == "after " * 4 + "after"
        assert band.uplink.left_out > 0
        assert said == band.watcher.texts

    play(tmp_path, what)


def test_a_crash_of_a_recogniser_ends_its_stream_only_and_another_takes_over(tmp_path: Path) -> None:
    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        first, second = here.talk(BAND, "kiosk-main", "A001"), here.talk("watch-ben", "kiosk-main", "A002")
        ada, ben = await here.band(BAND), await here.band("watch-ben")
        ada.listen(first)
        await ada.say("one", ".")
        ben.listen(second)
        await ben.say("two", ".")
        pool.voices[0].crash("killed by the test")
        await pass_time(0.2)
        assert [refused.why for refused in ada.watcher.refusals] == [AudioStop.FAILED]
        await ben.say("three", ".")
        ada.listen(first)
        await ada.say("four", ".")
        await pass_time(0.5)
        assert here.said(first) == ["one", "four"]
        assert here.said(second) == ["two", "three"]
        assert ben.watcher.refusals == []

    play(tmp_path, what)


@pytest.mark.req("W-11")
def test_a_greedy_branch_leaves_another_its_share(tmp_path: Path) -> None:
    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        greedy = [(name, here.talk(name, "kiosk-main", f"A00{n}")) for n, name in enumerate((BAND, "watch-ada"))]
        modest = here.talk("watch-ben", "kiosk-river", "B001")
        for name, task in greedy:
            band = await here.band(name)
            band.listen(task)
            await band.say("mine", "all", "mine")
        assert len(pool.voices) == 2
        ben = await here.band("watch-ben")
        ben.listen(modest)
        await ben.say(*("please",) * 3, ".")
        await pass_time(0.5)
        assert ben.watcher.texts == ["please please please"]
        assert [len(here.bands[name].watcher.refusals) for name, _ in greedy] == [0, 1]
        assert here.bands["watch-ada"].watcher.texts == ["mine all mine"], "what was said until then is kept"

    play(tmp_path, what, seats=2)


@pytest.mark.req("W-10", "W-11")
def test_no_audio_reaches_any_disk(tmp_path: Path) -> None:
    canary = "canary-of-audio"

    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        task = here.talk(BAND, "kiosk-main", "A001")
        band = await here.band(BAND)
        band.listen(task)
        frames = [f"{canary}-{number}" for number in range(50)]
        await band.say(*frames)
        await until(lambda: pool.decoded >= 50, within_s=5)
        band.uplink.close(discard=True)
        await pass_time(2.0)
        here.rig.storage.checkpoint()

    play(tmp_path, what)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "hub.sqlite" for path in files)
    for path in files:
        assert canary.encode() not in path.read_bytes(), path


def test_a_hub_that_hears_nothing_says_so_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
        async with hearing_house(url, None, hearing=HearingConfig()) as here:
            task = here.talk(BAND, "kiosk-main", "A001")
            band = await here.band(BAND)
            band.listen(task)
            await pass_time(0.5)
            assert [refused.why for refused in band.watcher.refusals] == [AudioStop.NO_ENGINE]

    run_virtually(main)


def test_a_kiosk_has_no_voice_here(tmp_path: Path) -> None:
    async def what(here: HearingHouse, pool: ScriptedRecognition) -> None:
        kiosk = await here.band("kiosk-main")
        for _ in range(5):
            await kiosk.send(opened("stream-0001"))
        await pass_time(0.5)
        told = [message for message in kiosk.told if isinstance(message, MessageRefused)]
        assert [refused.code.value for refused in told] == ["wrong_kind"]
        assert not [message for message in kiosk.told if isinstance(message, AudioHeard)]
        assert pool.voices == []

    play(tmp_path, what)
