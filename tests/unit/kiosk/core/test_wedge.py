"""Scans are told from typing by the time between keys (K-01)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.wedge import Keyed, Partial, Scanned, Typed, Wedge, WedgeRules

pytestmark = pytest.mark.req("K-01")

FAST, SLOW = 0.004, 0.2


def keys(wedge: Wedge, text: str, gap_s: float, start_s: float = 10.0) -> tuple[list[Keyed], float]:
    """All keys, then the time in which the rest settles."""
    found: list[Keyed] = []
    at_s = start_s
    for character in text:
        found += wedge.key(character, at_s)
        at_s += gap_s
    found += wedge.tick(at_s + 1.0)
    return found, at_s + 1.0


def plain(found: list[Keyed]) -> list[str | int]:
    """Scans in brackets, typed keys, broken scans as their length."""
    told: list[str | int] = []
    for one in found:
        match one:
            case Scanned(content=content):
                told.append(f"[{bytes(content.view()).decode('latin-1')}]")
            case Typed(character=character):
                told.append(character)
            case Partial(count=count):
                told.append(count)
    return told


@pytest.mark.parametrize(
    ("rules", "text", "gap_s", "told"),
    [
        (WedgeRules(), "UB1-ABC\r", FAST, ["[UB1-ABC]"]),
        (WedgeRules(), "UB1-ABC\r\n", FAST, ["[UB1-ABC]"]),
        (WedgeRules(), "UB1-ABC\n", FAST, ["[UB1-ABC]"]),
        (WedgeRules(suffix="\t"), "UB1-ABC\t", FAST, ["[UB1-ABC]"]),
        (WedgeRules(), "1234567\r", SLOW, [*"1234567\r"]),
        (WedgeRules(), "1234567", FAST, [7]),
        (WedgeRules(), "12\r", FAST, [*"12\r"]),
        (WedgeRules(), "123", FAST, [*"123"]),
        (WedgeRules(suffix=""), "1234567", FAST, ["[1234567]"]),
        (WedgeRules(suffix=""), "123", FAST, [*"123"]),
        (WedgeRules(prefix="\x02"), "\x0212\r", FAST, ["[12]"]),
        (WedgeRules(prefix="\x02"), "1234567\r", FAST, [*"1234567\r"]),
        (WedgeRules(prefix="\x02"), "\x021234", FAST, [4]),
        (WedgeRules(prefix="\x02", suffix=""), "\x021234", FAST, ["[1234]"]),
        (WedgeRules(prefix="\x02"), "\x02\r", FAST, [0]),
        (WedgeRules(), "x" * 600 + "\r", FAST, [600]),
        (WedgeRules(), "가", FAST, ["가"]),
        (WedgeRules(), "12가4567\r", FAST, [7]),
    ],
)
def test_what_keys_are(rules: WedgeRules, text: str, gap_s: float, told: list[str | int]) -> None:
    wedge = Wedge(rules)
    assert plain(keys(wedge, text, gap_s)[0]) == told
    assert wedge.due_s is None


def test_typing_is_given_back_after_one_pause_and_not_before() -> None:
    wedge = Wedge(WedgeRules(gap_s=0.05))
    assert wedge.key("7", 1.0) == []
    assert wedge.due_s == 1.05
    assert wedge.tick(1.05) == []
    assert wedge.tick(1.06) == [Typed("7")]


def test_a_scan_that_broke_off_does_not_spoil_the_next() -> None:
    wedge = Wedge(WedgeRules())
    broken, at_s = keys(wedge, "UB1-AB", FAST)
    assert plain(broken) == [6]
    assert plain(keys(wedge, "UB1-ABC\r", FAST, at_s)[0]) == ["[UB1-ABC]"]


def test_two_scans_without_a_pause() -> None:
    assert plain(keys(Wedge(WedgeRules()), "UB1-ABC\r\nUB1-DEF\r\n", FAST)[0]) == ["[UB1-ABC]", "[UB1-DEF]"]


def test_one_broken_scan_right_before_another() -> None:
    wedge = Wedge(WedgeRules())
    for at, character in enumerate("UB1-AB"):
        assert wedge.key(character, 1 + at * FAST) == []
    assert plain(wedge.key("U", 2.0)) == [6]


def test_forgetting_leaves_nothing() -> None:
    wedge = Wedge(WedgeRules())
    for at, character in enumerate("123456"):
        wedge.key(character, 1 + at * FAST)
    wedge.forget()
    assert wedge.due_s is None
    assert wedge.tick(9.0) == []
    assert b"1" not in bytes(wedge._held._buffer)


@given(
    st.lists(st.tuples(st.text(alphabet="01AB\r\n\t\x02é가", max_size=9), st.sampled_from([FAST, SLOW]))),
    st.sampled_from([WedgeRules(), WedgeRules(prefix="\x02"), WedgeRules(suffix=""), WedgeRules(suffix="\t")]),
)
def test_no_key_is_invented_or_counted_twice(bursts: list[tuple[str, float]], rules: WedgeRules) -> None:
    wedge = Wedge(rules)
    at_s, came, told = 0.0, 0, 0
    for text, gap_s in bursts:
        found, at_s = keys(wedge, text, gap_s, at_s + 1.0)
        came += len(text)
        told += sum(one if isinstance(one, int) else len(one.strip("[]")) for one in plain(found))
        assert wedge.due_s is None
    assert told <= came


@pytest.mark.parametrize(
    ("rules", "text", "gap_s", "scanner"),
    [
        (WedgeRules(), "UB1-12345\r", FAST, True),
        (WedgeRules(), "UB1-12345\r\n", FAST, True),
        (WedgeRules(), "\r", FAST, False),
        (WedgeRules(), "12\r", SLOW, False),
        (WedgeRules(), "123456\r", SLOW, False),
        (WedgeRules(prefix="\x02"), "\x0212\r", FAST, True),
        (WedgeRules(prefix="\x02"), "\r", FAST, False),
        (WedgeRules(suffix=""), "UB1-12345\r", FAST, True),
        (WedgeRules(suffix=""), "\r", FAST, False),
        (WedgeRules(suffix="\t"), "UB1-12345\t", FAST, True),
    ],
)
def test_whose_key_the_last_one_was(rules: WedgeRules, text: str, gap_s: float, scanner: bool) -> None:
    wedge = Wedge(rules)
    for place, character in enumerate(text):
        wedge.key(character, 10.0 + place * gap_s)
    assert wedge.scanning is scanner


def test_an_enter_long_after_a_scan_that_broke_off_is_a_person_s() -> None:
    wedge = Wedge(WedgeRules())
    for place, character in enumerate("UB1-12345"):
        wedge.key(character, 10.0 + place * FAST)
    assert plain(wedge.key("\r", 12.0)) == [9, "\r"]
    assert not wedge.scanning
