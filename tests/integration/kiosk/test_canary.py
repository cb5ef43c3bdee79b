"""After somebody identified, no ID number is left in the kiosk's memory, nor in any file that it wrote (K-01, K-13)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.speech.memory_search import memory_of

pytestmark = [
    pytest.mark.req("K-01", "K-13"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

ROOT = Path(__file__).resolve().parents[3]
NUMBER = b"440524198107093216"
"""Of nobody; its check digit is right."""

PIECE = 10
"""As many digits in a row are found by chance in no memory."""


@contextmanager
def kiosk(folder: Path, *more: str) -> Iterator[tuple[int, list[str]]]:
    """A process that read the number: its id and what it told."""
    command = [sys.executable, "-m", "tests.integration.kiosk.canary_kiosk", str(folder / "identity.key"), *more]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for code in NUMBER + NUMBER:
            process.stdin.write(bytes([code]))
            process.stdin.flush()
        told = []
        for line in process.stdout:
            if line == b"done\n":
                break
            told.append(line.decode().strip())
        yield process.pid, told
        process.stdin.close()
    assert process.returncode == 0


def pieces() -> list[bytes]:
    """The number's digits in a row, one byte each as in ``bytes`` and ``str``, and two and four as in wide strings."""
    found = [NUMBER[at : at + PIECE] for at in range(len(NUMBER) - PIECE + 1)]
    return [form for piece in found for form in (piece, _wide(piece, 2), _wide(piece, 4))]


def _wide(piece: bytes, width: int) -> bytes:
    return b"".join(bytes([code]) + bytes(width - 1) for code in piece)


def in_memory(pid: int) -> int:
    wanted = pieces()
    return sum(content.tobytes().count(piece) for content in memory_of(pid) for piece in wanted)


def test_nothing_of_a_number_is_left_in_memory_or_files(tmp_path: Path) -> None:
    with kiosk(tmp_path) as (pid, told):
        found = in_memory(pid)
    assert len(told) == 2
    assert told[0] == told[1]
    assert told[0].endswith("••••3216")
    assert found == 0
    for path in tmp_path.rglob("*"):
        assert not any(piece in path.read_bytes() for piece in pieces()), path


def test_a_process_that_keeps_a_number_is_caught(tmp_path: Path) -> None:
    with kiosk(tmp_path, "keep") as (pid, _):
        assert in_memory(pid) > 0
