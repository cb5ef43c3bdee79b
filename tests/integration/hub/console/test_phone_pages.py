"""The customer's page over HTTP: what a code opens, what it doesn't, and how often."""

from __future__ import annotations

from contextlib import AsyncExitStack

import msgspec
import pytest

from contracts.fields import Language
from hub.lobby import Move
from tests.browser.branch import FOLLOW, Branch
from tests.integration.hub.console.visiting import Visitor

pytestmark = pytest.mark.req("K-06")

PATH = f"/t/main/{FOLLOW}"


async def test_nothing_on_it_says_who_the_customer_is(visitor: Visitor, branch: Branch) -> None:
    ticket = branch.rig.ticket("kiosk-main", "B001", "c-ann", business="account")
    branch.rig.accept("kiosk-main", msgspec.structs.replace(ticket, follow=FOLLOW))
    page = await visitor.get(PATH)
    assert page.status == 200
    assert "B001" in page.text
    for secret in ("c-ann", "Ann", "Leibowitz", ticket.ticket, FOLLOW, "elderly", "disability"):
        assert secret not in page.text, secret


async def test_what_opens_nothing_is_answered_alike(visitor: Visitor, branch: Branch) -> None:
    branch.take("B001", "account", follow=FOLLOW)
    yesterday = "eWVzdGVyZGF5LXdhcy1uaWNl"
    wrong = [
        "/t/main/Zm9sbG93LW1lLXBsZWFzZR",
        f"/t/nowhere/{FOLLOW}",
        f"/t/river/{FOLLOW}",
        "/t/main/x",
        f"/t/main/{yesterday}",
        "/t/main/%00",
    ]
    answers = [await visitor.get(path) for path in wrong]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(sorted(set(answer.headers) - {"Date"})) for answer in answers}) == 1
    for path in wrong:
        assert (await visitor.get(f"/events{path}")).status == 404
        assert (await visitor.post(path, {"do": "leave"})).status == 404
    branch.rig.clock.advance(86400)
    assert (await visitor.get(PATH)).status == 404, "the code of another day"


async def test_it_speaks_the_tickets_language_unless_asked(visitor: Visitor, branch: Branch) -> None:
    branch.take("B001", "account", follow=FOLLOW, language=Language.KO)
    assert "고객님 번호" in (await visitor.get(PATH, Accept_Language="zh")).text
    asked = (await visitor.get(f"{PATH}?lang=zh")).text
    assert "您的号码" in asked
    assert "账户与银行卡" in asked


async def test_wishes_are_had_as_far_as_the_rules_go(visitor: Visitor, branch: Branch) -> None:
    branch.open("2")
    ticket = branch.take("B001", "account", follow=FOLLOW)
    for fields in ({"do": "more"}, {"do": "more", "minutes": "7"}, {"do": "more", "minutes": "-5"}, {"do": "call"}, {}):
        branch.rig.clock.advance(60)
        answer = await visitor.post(PATH, fields)
        assert answer.headers["Location"] == f"{PATH}?lang=en&said=refused"
        assert branch.stage(ticket) == "waiting"
    assert (await visitor.post(PATH, {"do": "more", "minutes": "10"})).headers["Location"] == f"{PATH}?lang=en"
    assert branch.stage(ticket) == "held"
    branch.rig.clock.advance(60)
    assert (await visitor.post(PATH, {"do": "more", "minutes": "10"})).status == 303
    third = await visitor.post(PATH, {"do": "more", "minutes": "10"}, X_Requested_With="usher")
    assert (third.status, third.text) == (409, "That is not possible any more.")
    assert (await visitor.post(PATH, {"do": "back"})).status == 303
    assert branch.stage(ticket) == "waiting"


async def test_nobody_shortens_the_penalty_of_a_missed_call(visitor: Visitor, branch: Branch) -> None:
    branch.open("2")
    ticket = branch.take("B001", "account", follow=FOLLOW)
    branch.call("2")
    branch.move(ticket, Move.MISS)
    page = await visitor.get(PATH)
    assert "You were called and did not come. We call you again after 09:05." in page.text
    for fields in ({"do": "back"}, {"do": "more", "minutes": "5"}):
        assert "refused" in (await visitor.post(PATH, fields)).headers["Location"]
    branch.rig.clock.advance(299)
    assert branch.stage(ticket) == "held"


async def test_who_asks_too_often_waits_and_no_one_else_does(visitor: Visitor, branch: Branch) -> None:
    branch.take("B001", "account", follow=FOLLOW)
    other = "b3RoZXItdGlja2V0LW9mLW15"
    branch.take("B002", "account", follow=other)
    wishes = [(await visitor.post(PATH, {"do": "back"})).status for _ in range(7)]
    assert wishes == [303] * 6 + [429]
    assert (await visitor.get(PATH)).status == 200, "looking is another matter"
    assert (await visitor.post(f"/t/main/{other}", {"do": "back"})).status == 303
    for number in range(20):
        assert (await visitor.get(f"/t/main/guess-{number:020}")).status == 404
    refused = await visitor.get(PATH)
    assert refused.status == 429, "somebody who guesses codes"
    assert int(refused.headers["Retry-After"]) > 0
    assert (await visitor.get(PATH, X_Forwarded_For="192.0.2.7")).status == 200
    branch.rig.clock.advance(60)
    assert (await visitor.get(PATH)).status == 200


async def test_one_code_has_few_streams(visitor: Visitor, branch: Branch) -> None:
    branch.take("B001", "account", follow=FOLLOW)
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await (await stack.enter_async_context(visitor.listen(PATH))).state()
        refused = await visitor.get(f"/events{PATH}")
        assert refused.status == 503
        assert "Retry-After" in refused.headers
