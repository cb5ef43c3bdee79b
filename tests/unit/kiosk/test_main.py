from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts import Envelope, decode
from contracts.tickets import TicketTaken
from runtime.agent.mailbox import Mailbox
from tests.peers import free_port

ROOT = Path(__file__).resolve().parents[3]
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")


def command(store: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "kiosk", "--device", "kiosk-1", "--branch", "main-street", "--series", "K"),
        *("--broker", f"mqtt://127.0.0.1:{free_port()}", "--store", str(store), "--log-level", "error", *more),
    ]


def ran(
    arguments: list[str], lines: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A kiosk that ends by itself."""
    return subprocess.run(
        arguments, input=lines, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )


@contextmanager
def kiosk(store: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command(store, "--script", "-", "--events"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.req("K-05")
def test_killed_again_and_again_it_repeats_no_number_and_loses_no_printed_one(tmp_path: Path) -> None:
    store = tmp_path / "kiosk.db"
    printed: list[str] = []
    requests = 0
    for lives in (1, 7, 23):
        with kiosk(store) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for _ in range(50):
                process.stdin.write(b'{"do":"take","business":"loan","request":"r-%d"}\n' % requests)
                requests += 1
            process.stdin.flush()
            for _ in range(lives):
                event = json.loads(process.stdout.readline())
                assert event["event"] == "ticket"
                printed.append(event["number"])
            process.kill()
            # What it printed between the last line read and its death counts too.
            printed += [json.loads(line)["number"] for line in process.stdout if line.endswith(b"\n")]
    assert len(set(printed)) == len(printed)
    mailbox = Mailbox.open(store)
    rows = mailbox.database.conn.execute("select payload from outbox order by seq").fetchall()
    mailbox.close()
    queued = [decode(payload) for (payload,) in rows]
    numbers = [e.data.number for e in queued if isinstance(e, Envelope) and isinstance(e.data, TicketTaken)]
    assert len(numbers) == len(queued)
    assert [number for number in numbers if number in printed] == printed
    assert numbers == [f"AK{count:03d}" for count in range(1, len(numbers) + 1)]


def test_a_script_file_ends_the_kiosk_with_what_waits_kept(tmp_path: Path) -> None:
    script, store = tmp_path / "morning.jsonl", tmp_path / "kiosk.db"
    script.write_text(
        '{"do":"take","business":"loan"}\nnonsense\n{"do":"take","business":"gold"}\n{"do":"quit","drain_s":0}\n'
    )
    businesses = tmp_path / "branch.json"
    businesses.write_text('["loan"]')
    more = ("--script", str(script), "--events", "--businesses", str(businesses))
    done = subprocess.run(command(store, *more), capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(e["event"], e.get("code")) for e in events] == [
        ("ticket", None),
        ("refused", "malformed"),
        ("refused", "unknown_business"),
    ]
    mailbox = Mailbox.open(store)
    assert mailbox.depth() == 1
    mailbox.close()


@pytest.mark.parametrize("source", ["-", "morning.jsonl"])
def test_a_line_that_does_nothing_is_told_by_its_number_and_the_next_ones_count(tmp_path: Path, source: str) -> None:
    lines = (
        '{"do":"take","business":"loan"}\n\nnonsense\n{"do":"take"}\n{"do":"take","business":"gold"}\n'
        '{"do":"check-in","code":"UB1-A"}\n{"do":"touch","name":"en"}\n'
        '{"do":"take","business":"loan"}\n{"do":"quit","drain_s":0}\n'
    )
    (tmp_path / "branch.json").write_text('["loan"]')
    (tmp_path / "morning.jsonl").write_text(lines)
    script = source if source == "-" else str(tmp_path / source)
    arguments = command(tmp_path / "kiosk.db", "--script", script, "--businesses", str(tmp_path / "branch.json"))
    done = ran(arguments, lines if source == "-" else "")
    assert (done.returncode, done.stdout) == (1, "")
    told = [line.removeprefix(f"kiosk: script {script}: ") for line in done.stderr.splitlines()]
    assert [line.partition(":")[0] for line in told] == ["line 3", "line 4", "line 5", "line 6", "line 7"]
    for line, what in zip(told, ["not a JSON object", "`business`", "gold", "check-in", "no window"], strict=True):
        assert what in line
        assert line.endswith("; it did nothing: mend it, give it again")
    mailbox = Mailbox.open(tmp_path / "kiosk.db")
    assert mailbox.depth() == 2
    mailbox.close()


def test_a_script_without_fault_says_nothing(tmp_path: Path) -> None:
    lines = '{"do":"take","business":"loan"}\n{"do":"quit","drain_s":0}\n'
    done = ran(command(tmp_path / "kiosk.db", "--script", "-"), lines)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_hardware_without_a_window_is_said_once(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text(
        'device = "kiosk-1"\nbranch = "main-street"\nbroker = "mqtt://127.0.0.1"\nstore = "unused"\n'
        '[printer]\nkind = "dummy"\n[ear]\n'
    )
    arguments = [*command(tmp_path / "kiosk.db", "--script", "-", "--config", str(config)), "--log-level", "warning"]
    done = ran(arguments)
    assert done.returncode == 0
    assert done.stderr.count("hardware_unused settings='printer, ear' do='start with --window, or leave them out'") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a display has no name")
def test_a_window_that_nobody_could_see_is_refused(tmp_path: Path) -> None:
    (tmp_path / "branch.json").write_text('["loan"]')
    unseen = {name: text for name, text in os.environ.items() if name not in SCREENS}
    arguments = command(tmp_path / "kiosk.db", "--window", "--businesses", str(tmp_path / "branch.json"))
    done = ran(arguments, environment=unseen)
    assert done.returncode == 2
    assert "kiosk: no window: neither DISPLAY nor WAYLAND_DISPLAY is set" in done.stderr


def test_sigterm_is_a_clean_stop(tmp_path: Path) -> None:
    with kiosk(tmp_path / "kiosk.db") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"do":"take","business":"loan"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["number"] == "AK001"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_config_file_and_an_option_over_it(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text(
        f'device = "kiosk-1"\nbranch = "main-street"\nbroker = "mqtt://127.0.0.1:{free_port()}"\n'
        f'store = "{tmp_path / "kiosk.db"}"\nseries = "K"\n'
    )
    script = tmp_path / "morning.jsonl"
    script.write_text('{"do":"take","business":"loan"}\n{"do":"quit","drain_s":0}\n')
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kiosk", "--config", str(config), "--series", "Z"),
            *("--script", str(script), "--events", "--log-level", "error"),
        ],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["number"] == "AZ001"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--device", "kiosk-1"], "missing: --branch, --broker, --store"),
        (["--device", "Not A Name", "--branch", "b", "--broker", "mqtt://h", "--store", "s"], "device"),
        (["--config", "nowhere.toml"], "nowhere.toml: can't be read"),
    ],
)
def test_bad_settings_end_with_2_and_say_what(arguments: list[str], what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 2
    assert what in done.stderr
