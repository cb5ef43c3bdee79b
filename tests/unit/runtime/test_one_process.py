"""One program at a time: the next cuts it off, steps follow each other, failures are logged without what was said."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from runtime.one_process import OneProcess, Step


def program(tmp_path: Path, body: str) -> str:
    path = tmp_path / "speaker"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


async def test_steps_follow_each_other_and_each_reads_its_text(tmp_path: Path) -> None:
    log = tmp_path / "log"
    speaker, one = program(tmp_path, f'echo "$1 $(cat)" >> {log}'), OneProcess("voice")
    one.start(Step((speaker, "en"), "Welcome"), Step((speaker, "zh"), "欢迎"), Step((speaker, "ko")))
    assert one.busy
    await one.finished()
    assert not one.busy
    assert log.read_text().splitlines() == ["en Welcome", "zh 欢迎", "ko "]


async def test_what_is_new_kills_what_runs_and_what_would_follow(tmp_path: Path) -> None:
    log, begun = tmp_path / "log", tmp_path / "begun"
    os.mkfifo(begun)
    body = f'text=$(cat); echo "$text" >> {log}; [ "$text" = long ] || exit 0; echo > {begun}; exec sleep 60'
    speaker, one = program(tmp_path, body), OneProcess("voice")
    one.start(Step((speaker,), "long"), Step((speaker,), "never"))
    await asyncio.to_thread(begun.read_text)
    one.start(Step((speaker,), "short"))
    await one.finished()
    assert log.read_text().splitlines() == ["long", "short"]
    one.start(Step((speaker,), "long"))
    await asyncio.to_thread(begun.read_text)
    await one.close()
    assert not one.busy


async def test_one_that_is_stopped_at_once_says_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    one = OneProcess("voice")
    one.start(Step((program(tmp_path, f"cat >> {log}"),), "never"))
    one.stop()
    await one.finished()
    assert not log.exists()


async def test_failures_are_in_the_log_without_what_was_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = OneProcess("voice", longest_s=0.2)
    one.start(Step((program(tmp_path, 'echo "cannot say $(cat)" >&2; exit 3'),), "my secret"))
    await one.finished()
    assert "voice_failed" in caplog.text
    assert "code=3 why='it repeats what it was given'" in caplog.text
    one.start(Step((str(tmp_path / "gone"),), "my secret"))
    await one.finished()
    assert "No such file" in caplog.text
    one.start(Step((program(tmp_path, "exec sleep 60"),), "my secret"))
    await one.finished()
    assert "still running after 0.2 s" in caplog.text
    assert "secret" not in caplog.text
