from __future__ import annotations

import pytest

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed, Language
from kiosk.core.taking import Accepted, Business, Catalogue, TakeRequest, check

BRANCH = Catalogue([Business(code="deposit"), Business(code="loan", service_class="L")])


@pytest.mark.req("K-02")
def test_a_business_gets_the_number_of_its_class() -> None:
    accepted = check(TakeRequest(business="loan", customer="c-1", language=Language.ZH, booked=True), BRANCH)
    assert isinstance(accepted, Accepted)
    assert accepted.service_class == "L"
    assert accepted.request.language is Language.ZH


@pytest.mark.req("K-01")
def test_an_anonymous_customer_gets_a_number() -> None:
    assert isinstance(check(TakeRequest(business="deposit"), BRANCH), Accepted)


@pytest.mark.req("K-02")
def test_a_business_that_the_branch_does_not_have_is_refused_and_the_others_named() -> None:
    refusal = check(TakeRequest(business="gold"), BRANCH)
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.UNKNOWN_BUSINESS
    assert "'gold'" in refusal.detail
    assert "deposit, loan" in refusal.detail


def test_an_open_catalogue_takes_every_well_formed_code() -> None:
    assert isinstance(check(TakeRequest(business="gold"), Catalogue()), Accepted)


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (TakeRequest(business="not a code"), "business"),
        (TakeRequest(business=""), "business"),
        (TakeRequest(business="deposit", customer=""), "customer"),
        (TakeRequest(business="deposit", customer="x" * 65), "customer"),
        (TakeRequest(business="deposit", request=""), "request"),
        (TakeRequest(business="deposit", needs=(AccessNeed.SEAT,) * 6), "needs"),
        (TakeRequest(business="deposit", booked=True), "booked without a customer"),
    ],
)
def test_a_field_that_the_wire_would_not_take_is_refused(request_: TakeRequest, what: str) -> None:
    refusal = check(request_, BRANCH)
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.INVALID_FIELD
    assert what in refusal.detail


def test_a_need_said_twice_is_kept_once_in_order() -> None:
    needs = (AccessNeed.VISION, AccessNeed.SEAT, AccessNeed.VISION)
    accepted = check(TakeRequest(business="deposit", needs=needs), BRANCH)
    assert isinstance(accepted, Accepted)
    assert accepted.request.needs == (AccessNeed.VISION, AccessNeed.SEAT)
