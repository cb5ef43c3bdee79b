from __future__ import annotations

from pathlib import Path

import pytest

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed, Language
from kiosk.errors import ScriptError
from kiosk.script import MAX_LINE_BYTES, CheckIn, Quit, Take, parse_line, script_lines


def test_a_take_line_with_everything() -> None:
    line = (
        '{"do":"take","customer":"客户-7","business":"loan","language":"zh","needs":["seat"],"booked":true,'
        '"request":"r-1"}'
    )
    assert parse_line(line.encode()) == Take(
        customer="客户-7", business="loan", language=Language.ZH, needs=(AccessNeed.SEAT,), booked=True, request="r-1"
    )


def test_what_a_take_line_may_leave_out() -> None:
    assert parse_line(b'{"do":"take","business":"loan"}') == Take(business="loan", customer=None, language=Language.EN)


def test_quit() -> None:
    assert parse_line(b'{"do":"quit"}') == Quit()
    assert parse_line(b'{"do":"quit","drain_s":0.5}') == Quit(drain_s=0.5)


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        (b"nonsense", ErrorCode.MALFORMED, "not a JSON object"),
        (b"\xff\xfe", ErrorCode.MALFORMED, "not a JSON object"),
        (b"[" * 5000, ErrorCode.INVALID_FIELD, "script"),
        (b"[]", ErrorCode.INVALID_FIELD, "object"),
        (b'{"do":"dance"}', ErrorCode.INVALID_FIELD, "dance"),
        (b'{"do":"take"}', ErrorCode.INVALID_FIELD, "business"),
        (b'{"do":"take","business":"loan","language":"fr"}', ErrorCode.INVALID_FIELD, "fr"),
        (b'{"do":"take","business":"loan","colour":"red"}', ErrorCode.INVALID_FIELD, "colour"),
        (b" " * (MAX_LINE_BYTES + 1), ErrorCode.TOO_LARGE, str(MAX_LINE_BYTES)),
    ],
)
def test_a_bad_line_is_refused(line: bytes, code: ErrorCode, what: str) -> None:
    refusal = parse_line(line)
    assert isinstance(refusal, Refusal)
    assert refusal.code is code
    assert what in refusal.detail


async def test_the_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "morning.jsonl"
    path.write_bytes(b"one\n\n  \ntwo\nlast without an end")
    assert [line async for line in script_lines(str(path))] == [
        (1, b"one"),
        (4, b"two"),
        (5, b"last without an end"),
    ]


async def test_a_line_keeps_its_number_however_the_bytes_come(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"x" * 100_000 + b"\n\n" + b"y" * 70_000 + b"\n")
    assert [(number, len(line)) async for number, line in script_lines(str(path))] == [(1, 100_000), (3, 70_000)]


async def test_a_folder_is_no_script(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="is a folder"):
        [line async for line in script_lines(str(tmp_path))]


async def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"nowhere\.jsonl: can't be read"):
        [line async for line in script_lines(str(tmp_path / "nowhere.jsonl"))]


def test_a_check_in_line() -> None:
    line = b'{"do":"check-in","code":"UB1-A","language":"ko","request":"r-1"}'
    assert parse_line(line) == CheckIn(code="UB1-A", language=Language.KO, request="r-1")
    assert parse_line(b'{"do":"check-in","code":"UB1-A"}') == CheckIn(code="UB1-A")
    assert isinstance(parse_line(b'{"do":"check-in"}'), Refusal)
