"""The queue's rules as data: the shipped ones hold together, wrong ones are refused with what is wrong and where."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed
from hub.lobby.queue import sample_rules_text
from hub.lobby.queue.rules import QueueRules, read_rules, without_class
from models.catalogues import load_catalogue

BASE = """
cap_minutes = 30
[credits]
elderly = 10
[classes.A]
names = { en = "Cash", zh = "现金", ko = "현금" }
businesses = ["cash"]
mean_minutes = 3
[counters.1]
classes = ["A"]
"""


def read(text: str) -> QueueRules:
    rules = read_rules(text)
    assert isinstance(rules, QueueRules), rules.detail
    return rules


@pytest.mark.req("K-03")
def test_the_shipped_rules_have_a_class_for_every_business_of_the_sample_bank() -> None:
    rules = read(sample_rules_text())
    assert without_class(rules, [business.code for business in load_catalogue("simbank").business]) == ()
    assert without_class(rules, ["cash", "gold"]) == ("gold",)
    assert rules.class_of("loan") == "D"
    assert rules.class_of("gold") is None


@pytest.mark.req("K-03")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('classes = ["A"]', 'classes = ["B"]', ["no counter serves class A", "counters.1.classes: no class 'B'"]),
        ('classes = ["A"]', 'classes = ["A"]\nquick = true', ["no counter serves class A", "not quick"]),
        ("elderly = 10", "elderly = 40", ["credits.elderly = 40 is above cap_minutes = 30"]),
        ("cap_minutes = 30", "cap_minutes = -1", ["cap_minutes", ">= 0"]),
        ("mean_minutes = 3", "mean_minutes = 0", ["mean_minutes", "> 0"]),
        ("[classes.A]", '[needs]\nseat = "disability"\n[classes.A]', ["needs.seat: no priority 'disability'"]),
        (
            "[classes.A]",
            '[customers]\nsegments = { vip = "gold" }\n[classes.A]',
            ["customers.segments.vip: no", "'gold'"],
        ),
        ("[classes.A]", "[customers]\nages = { old = 70 }\n[classes.A]", ["customers.ages.old: no priority 'old'"]),
        ("[classes.A]", "[customers]\nages = { elderly = -1 }\n[classes.A]", ["customers.ages", ">= 0"]),
        ("[classes.A]", "[customers]\nnames = { Kim = 'elderly' }\n[classes.A]", ["unknown field `names`"]),
        ("cap_minutes = 30", "cap_minuten = 30", ["unknown field `cap_minuten`"]),
        ("[classes.A]", "[classes.AB]", ["key", "classes"]),
        ("cap_minutes = 30", "cap_minutes =", ["Invalid value"]),
        ("cap_minutes = 30", "closing = 25:00:00", ["queue rules"]),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, said: list[str]) -> None:
    read(BASE)
    assert old in BASE
    refused = read_rules(BASE.replace(old, new))
    assert isinstance(refused, Refusal)
    assert refused.code is ErrorCode.INVALID_FIELD
    assert all(words in refused.detail for words in said), refused.detail


@pytest.mark.req("K-03")
def test_a_business_in_two_classes_is_refused() -> None:
    again = BASE.replace("[counters.1]", BASE[BASE.index("[classes.A]") : BASE.index("[counters.1]")] + "[counters.1]")
    refused = read_rules(again.replace("[classes.A]", "[classes.B]", 1).replace('["A"]', '["A", "B"]'))
    assert isinstance(refused, Refusal)
    assert "business 'cash' is in classes B and A: keep one" in refused.detail


@pytest.mark.req("K-03")
def test_credits_add_up_to_the_cap_and_no_further() -> None:
    rules = read(sample_rules_text())
    assert rules.credit_s(()) == 0
    assert rules.credit_s(("elderly",)) == 600
    assert rules.credit_s(("elderly", "disability")) == 1500
    assert rules.credit_s(("elderly", "disability", "booked")) == 60 * rules.cap_minutes
    assert rules.credit_s(("king",)) == 0


@pytest.mark.req("K-03")
def test_needs_stand_for_priorities_once_each() -> None:
    rules = read(sample_rules_text())
    needs = (AccessNeed.SEAT, AccessNeed.HEARING, AccessNeed.VISION)
    assert rules.priorities(needs, ("booked", "king", "booked")) == ("disability", "booked")


@pytest.mark.req("K-06")
def test_a_quick_counter_takes_short_classes_only() -> None:
    rules = read(sample_rules_text().replace('classes = ["A"]', 'classes = ["A", "B"]'))
    assert rules.counters["1"].quick
    assert rules.takes("1", "A")
    assert not rules.takes("1", "B")
    assert rules.takes("2", "B")


@pytest.mark.req("K-06")
def test_closing_is_a_local_time() -> None:
    rules = read(sample_rules_text())
    winter = rules.closes_at(date(2026, 1, 15), ZoneInfo("Europe/Berlin"))
    summer = rules.closes_at(date(2026, 7, 15), ZoneInfo("Europe/Berlin"))
    assert winter is not None
    assert summer is not None
    assert winter % 86400 == 16 * 3600
    assert summer % 86400 == 15 * 3600
    assert read(BASE).closes_at(date(2026, 1, 15), ZoneInfo("Europe/Berlin")) is None


@pytest.mark.req("K-03")
def test_what_the_bank_knows_of_a_customer_gives_the_priorities_that_the_rules_name() -> None:
    rules = read(sample_rules_text()).customers
    assert rules.ask
    assert list(rules.priorities("affluent", 40)) == ["private_banking"]
    assert list(rules.priorities("family", 70)) == ["elderly"]
    assert list(rules.priorities("affluent", 81)) == ["private_banking", "elderly"]
    assert list(rules.priorities("family", 69)) == list(rules.priorities("", None)) == []
    assert not read(BASE).customers.ask
