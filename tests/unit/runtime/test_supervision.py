from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.supervision import Child, ChildExit

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import asyncio, sys
from runtime.supervision import run_until_signal

async def main() -> int:
    print("ready", flush=True)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        print("tidied", flush=True)
    return 3

sys.exit(run_until_signal(main))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_clean_stop(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stdout.read() == b"tidied\n"
        assert process.wait(20) == 0


def test_the_exit_code_of_main_is_returned() -> None:
    program = PROGRAM.replace("await asyncio.get_running_loop().create_future()", "await asyncio.sleep(0)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 3, done.stderr


async def test_a_childs_lines_come_and_its_errors_go_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "talker.py").write_text(
        "import sys\nfor n in range(3):\n    print('line', n)\nprint('oops', file=sys.stderr)\nsys.exit(4)\n"
    )
    lines: list[bytes] = []
    child = await Child.start(
        "talker",
        "talker",
        (),
        on_line=lines.append,
        stderr=tmp_path / "stderr.log",
        environment={"PYTHONPATH": str(tmp_path)},
    )
    assert await child.wait() == ChildExit(name="talker", code=4)
    assert lines == [b"line 0\n", b"line 1\n", b"line 2\n"]
    assert (tmp_path / "stderr.log").read_text() == "oops\n"


async def test_a_child_is_stopped_and_a_deaf_one_killed(tmp_path: Path) -> None:
    (tmp_path / "waiter.py").write_text(
        "import signal, sys\n"
        "if sys.argv[1:] == ['deaf']:\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True)\nsys.stdin.read()\n"
    )

    async def stopped(*words: str) -> ChildExit:
        ready = asyncio.Event()
        child = await Child.start(
            "waiter",
            "waiter",
            words,
            on_line=lambda _line: ready.set(),
            stderr=tmp_path / "stderr.log",
            environment={"PYTHONPATH": str(tmp_path)},
        )
        await ready.wait()
        return await child.stop(patience_s=0.2 if words else 20.0)

    assert (await stopped()).code == -signal.SIGTERM
    assert (await stopped("deaf")).code == -signal.SIGKILL
