"""After a customer nothing they typed, said or were shown is left in the raw memory of the kiosk's process (K-13)."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.speech.memory_search import memory_of

NEEDED = ("GL", "EGL")
WINDOW = importlib.util.find_spec("kivy") is not None and all(map(ctypes.util.find_library, NEEDED))

pytestmark = [
    pytest.mark.req("K-13"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.skipif(not WINDOW, reason="no window can be drawn without Kivy, libGL, libEGL; scripts/bootstrap"),
]

ROOT = Path(__file__).resolve().parents[3]
TEXTS = {
    "phone": b"01073158642",
    "id number": b"440524198107093216",
    "search": b"qzwxjkvbpf",
    "code": b"BX7291QKD4ZR",
    "reference": b"cust9f3a7c1e5b2d8046",
    "advisor": b"Xqyzvinskyrth",
    "masked": b"8364027519",
    "said": b"kzvqj wxhbf dgqpz vxkjy",
}
"""In the order in which the canary reads them; none of them is anywhere by chance."""

PIECE = 8


def forms(text: bytes) -> list[bytes]:
    """The text's end as ``str`` and ``bytes`` keep it: one byte a character, or two beside a wider one.

    The end: the allocator writes its list of free blocks over the beginning.
    """
    found = [text[-PIECE:]]
    if text.isdigit():
        found.append(b" ".join((text[:3], text[3:7], text[7:]))[-PIECE - 1 :])
    return [form for piece in found for form in (piece, b"".join(bytes([code, 0]) for code in piece)[:-1])]


@contextmanager
def left(folder: Path, *how: str) -> Iterator[int]:
    """The process of a kiosk that a customer has left."""
    command = [sys.executable, "-m", "tests.integration.kiosk.canary_window", *how]
    home = {**os.environ, "KIVY_HOME": str(folder), "KIVY_NO_ARGS": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in TEXTS.values():
            for code in text + b"\n":
                process.stdin.write(bytes([code]))
                process.stdin.flush()
        for line in process.stdout:
            if line == b"begun\n":
                process.stdin.write(b"\n")
                process.stdin.flush()
            if line == b"done\n":
                break
        else:
            pytest.fail("the kiosk ended before its customer had left", pytrace=False)
        yield process.pid
        process.stdin.close()
    assert process.returncode == 0


def in_memory(pid: int) -> dict[str, int]:
    """How often each text is in the process's memory."""
    found = dict.fromkeys(TEXTS, 0)
    for content in memory_of(pid):
        raw = content.tobytes()
        for name, text in TEXTS.items():
            found[name] += sum(raw.count(form) for form in forms(text))
    return found


def test_nothing_of_a_customer_is_left_in_raw_memory(tmp_path: Path) -> None:
    with left(tmp_path) as pid:
        assert in_memory(pid) == dict.fromkeys(TEXTS, 0)


def test_a_kiosk_that_keeps_a_number_or_sweeps_nothing_is_caught(tmp_path: Path) -> None:
    with left(tmp_path, "keep") as pid:
        found = in_memory(pid)
    assert found["phone"] > 0
    assert sum(count > 0 for count in found.values()) > 1, "nothing was left, swept or not"
