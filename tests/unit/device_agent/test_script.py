"""Commands by lines, settings, fonts: the agent's edges."""

from __future__ import annotations

import asyncio
import os
import struct
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import DeviceKind, Language
from contracts.visits import TaskState
from device_agent import commands
from device_agent.bootstrap import open_channels, wording_of
from device_agent.core.acts import DeclineCode
from device_agent.errors import SettingsError
from device_agent.events import AnyEvent, CommandRefused, CommandTaken, Vibrated, line_of
from device_agent.haptics import Mute
from device_agent.haptics.espeak import EspeakSpeaker
from device_agent.haptics.ring import PlayerBell
from device_agent.script import MAX_LINE_BYTES, LineFeed, Script
from device_agent.settings import FileSettings, Shape, settle
from device_agent.texts import load_catalogue
from runtime.errors import ConfigError
from runtime.fonts import face_of_collection
from tests.unit.device_agent.fakehub import a_view
from tests.unit.device_agent.wrist import DEVICE, Wrist, sent


async def do(wrist: Wrist, *lines: str) -> list[bool]:
    """Run the lines; returns whether quit was said."""
    said: list[bool] = []
    script = Script(wrist.agent, lambda: said.append(True))
    for line in lines:
        await script.do(line.encode())
    return said


async def test_a_visit_by_commands() -> None:
    wrist = Wrist()
    wrist.reconnect()
    await do(wrist, '{"do":"bind","branch":"north"}')
    wrist.send_up()
    wrist.hub.offer(a_view("task-0001"))
    wrist.carry_all()
    await do(wrist, '{"do":"claim"}')
    wrist.send_up()
    assert wrist.agent.state.book.tasks["task-0001"].state is TaskState.HELD
    said = await do(
        wrist,
        '{"do":"talk","consent":"refused"}',
        '{"do":"say","text":"she wants a car insurance"}',
        '{"do":"signal","product":"car","stance":"interest"}',
        '{"do":"feedback","outcome":"success","products":["car"]}',
        '{"do":"name_target","customer":"customer-7","business":"loan"}',
        '{"do":"quit"}',
    )
    assert said == [True]
    assert sent(wrist) == [
        "talk.start.v1",
        "talk.segment.v1",
        "talk.signal.v1",
        "feedback.give.v1",
        "target.name.v1",
    ]
    taken = [(event.do, event.task) for event in wrist.events if isinstance(event, CommandTaken)]
    assert ("feedback", "task-0001") in taken
    wrist.close()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("nonsense", DeclineCode.INVALID),
        ('{"do":"fly"}', DeclineCode.INVALID),
        ('{"do":"bind"}', DeclineCode.INVALID),
        ('{"do":"bind","branch":"No!"}', DeclineCode.INVALID),
        ('{"do":"bind","branch":"north","extra":1}', DeclineCode.INVALID),
        ('{"do":"say","text":""}', DeclineCode.INVALID),
        ('{"do":"say","text":"hello"}', DeclineCode.NO_TALK),
        ('{"do":"claim"}', DeclineCode.NO_SUCH_TASK),
        ('{"do":"claim","task":"task-0404"}', DeclineCode.NO_SUCH_TASK),
        ('{"do":"unbind"}', DeclineCode.NOT_BOUND),
        ('{"do":"signal","product":"car","stance":"interest"}', DeclineCode.NO_TALK),
        ('{"do":"signal","product":"car","stance":"love"}', DeclineCode.INVALID),
        ('{"do":"wait","event":"doomsday"}', DeclineCode.INVALID),
        ('"' + "x" * (MAX_LINE_BYTES + 1) + '"', DeclineCode.INVALID),
        ("[" * 5000, DeclineCode.INVALID),
    ],
)
async def test_a_bad_command_says_what_and_changes_nothing(line: str, code: DeclineCode) -> None:
    wrist = Wrist()
    wrist.reconnect()
    before = wrist.agent.state
    await do(wrist, line)
    refused = [event for event in wrist.events if isinstance(event, CommandRefused)]
    assert [event.code for event in refused] == [code]
    assert refused[0].detail
    assert len(line_of(refused[0])) < 2000
    assert wrist.agent.state == before
    assert sent(wrist) == []
    wrist.close()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_or_a_reason(line: bytes) -> None:
    parsed = commands.parse(line)
    assert isinstance(parsed, str) == (not isinstance(parsed, msgspec.Struct))


async def test_wait_goes_on_when_the_event_comes() -> None:
    wrist = Wrist()
    wrist.reconnect()
    wrist.hub.bind(DEVICE)
    wrist.carry_all()
    script = Script(wrist.agent, lambda: None)
    waiting = asyncio.ensure_future(script.do(b'{"do":"wait","event":"offered"}'))
    await asyncio.sleep(0)
    assert not waiting.done()
    wrist.hub.offer(a_view("task-0001"))
    wrist.carry_all()
    await asyncio.wait_for(waiting, 5)
    await script.do(b'{"do":"claim"}')
    assert sent(wrist) == ["task.claim.v1"]
    wrist.close()


async def test_lines_come_from_any_kind_of_file_and_end_with_it(tmp_path: Path) -> None:
    path = tmp_path / "script.jsonl"
    path.write_bytes(b"one\n\ntwo\n" + b"y" * (MAX_LINE_BYTES + 100) + b"\nlast, without its end")
    with path.open("rb", buffering=0) as file:
        feed = LineFeed(file.fileno())
        feed.start()
        lines = []
        while (line := await asyncio.wait_for(feed.line(), 5)) is not None:
            lines.append(line)
    assert [line for line in lines if line and len(line) < 100] == [b"one", b"two", b"last, without its end"]
    assert max(map(len, lines)) > MAX_LINE_BYTES
    reading, writing = os.pipe()
    feed = LineFeed(reading)
    feed.start()
    os.write(writing, b"a li")
    os.write(writing, b"ne\n")
    assert await asyncio.wait_for(feed.line(), 5) == b"a line"
    os.close(writing)
    assert await asyncio.wait_for(feed.line(), 5) is None
    os.close(reading)


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "watch.toml"
    config.write_text(
        'device = "watch-7"\nbroker = "mqtt://file:1883"\nkeepalive_s = 9\n'
        '[[alerts.urgent.steps]]\nafter_s = 0\nchannels = ["vibration"]\npulses_ms = [100]\n'
    )
    settings = settle(FileSettings(kind=DeviceKind.BAND, broker="mqtt://127.0.0.1:1"), config)
    assert (settings.device, settings.broker, settings.keepalive_s) == ("watch-7", "mqtt://127.0.0.1:1", 9)
    assert settings.shape is Shape.BAND
    assert settings.alerts.urgent.steps[0].pulses_ms == (100,)


@pytest.mark.parametrize(
    ("given_settings", "text", "sound"),
    [
        (FileSettings(), "", True),
        (FileSettings(headless=True), "", False),
        (FileSettings(headless=True), "sound = true\n", True),
        (FileSettings(), "sound = false\n", False),
    ],
)
def test_a_wrist_without_a_window_is_silent_unless_told_otherwise(
    tmp_path: Path, given_settings: FileSettings, text: str, sound: bool
) -> None:
    config = tmp_path / "watch.toml"
    config.write_text(f'device = "watch-7"\nbroker = "mqtt://127.0.0.1:1"\n{text}')
    assert settle(given_settings, config).sound is sound


@pytest.mark.req("W-07")
def test_the_voice_names_number_business_and_waiting_in_each_language_and_never_the_customer() -> None:
    view = a_view("task-0017")
    shown = [Language.EN]
    now = [view.waiting_since]
    wording = wording_of(load_catalogue, lambda: shown[0], lambda: now[0])
    for language in Language:
        shown[0] = language
        now[0] = view.waiting_since
        fresh = wording(view)
        now[0] += timedelta(minutes=3, seconds=10)
        spoken = wording(view)
        assert spoken.language is language
        assert spoken.text.startswith("A017, Loan, ")
        assert "3" in spoken.text.removeprefix("A017, Loan, ")
        assert fresh.text.startswith("A017, Loan, ")
        assert fresh.text != spoken.text
        assert view.customer_name not in spoken.text
    assert wording(msgspec.structs.replace(view, number=None)).text.startswith("Loan, ")


async def test_the_channels_of_this_machine_are_silent_at_the_end() -> None:
    events: list[AnyEvent] = []
    for sound in (False, True):
        async with open_channels(sound, events.append) as (motor, bell, speaker):
            motor.play((100,), 1.0)
            assert isinstance(bell, PlayerBell if sound else Mute)
            assert isinstance(speaker, EspeakSpeaker if sound else Mute)
        last = events[-1]
        assert isinstance(last, Vibrated)
        assert last.pulses_ms == ()


@pytest.mark.parametrize(
    ("given_settings", "named"),
    [
        (FileSettings(broker="mqtt://h"), "device: missing"),
        (FileSettings(device="watch-1"), "broker: missing"),
        (FileSettings(device="Watch 1", broker="mqtt://h"), "'Watch 1'"),
        (FileSettings(device="watch-1", broker="http://h"), "'http://h'"),
        (FileSettings(device="watch-1", broker="mqtt://h", kind=DeviceKind.KIOSK), "kiosk"),
        (FileSettings(device="watch-1", broker="mqtt://h", log_level="loud"), "'loud'"),
    ],
)
def test_a_wrong_setting_is_named(given_settings: FileSettings, named: str) -> None:
    with pytest.raises(SettingsError) as raised:
        settle(given_settings, None)
    assert named in str(raised.value)


def test_an_unknown_key_of_the_file_is_named(tmp_path: Path) -> None:
    config = tmp_path / "watch.toml"
    config.write_text('devices = "watch-7"\n')
    with pytest.raises(ConfigError, match="did you mean 'device'"):
        settle(FileSettings(), config)


def a_collection(faces: list[dict[bytes, bytes]]) -> bytes:
    """A TrueType collection of these tables."""
    header = 12 + 4 * len(faces)
    starts, directories, body = [], b"", b""
    length = header + sum(12 + 16 * len(face) for face in faces)
    for face in faces:
        starts.append(header + len(directories))
        directories += b"OTTO" + struct.pack(">HHHH", len(face), 0, 0, 0)
        for tag, table in face.items():
            directories += tag + struct.pack(">III", 7, length + len(body), len(table))
            body += table
    return (
        b"ttcf" + struct.pack(">II", 0x10000, len(faces)) + struct.pack(f">{len(faces)}I", *starts) + directories + body
    )


def test_one_face_comes_out_of_a_collection_whole() -> None:
    faces = [{b"CFF ": b"japanese", b"cmap": b"12345"}, {b"CFF ": b"chinese!!", b"cmap": b"12345"}]
    font = face_of_collection(a_collection(faces), 1)
    assert font[:4] == b"OTTO"
    for place, (tag, table) in enumerate(faces[1].items()):
        at = 12 + 16 * place
        offset, length = struct.unpack_from(">II", font, at + 8)
        assert font[at : at + 4] == tag
        assert offset % 4 == 0
        assert font[offset : offset + length] == table
    for broken in (b"OTTO" + bytes(20), a_collection(faces[:1])):
        with pytest.raises(ValueError, match="not a collection"):
            face_of_collection(broken, 1)
