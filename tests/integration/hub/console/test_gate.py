"""Who gets in: the token once, a cookie then, forms from our own pages only; what every answer carries."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import pytest

from hub.console.sessions import IDLE_S
from tests.browser.branch import FOLLOW, TOKEN, Branch
from tests.integration.hub.console.visiting import Visitor

pytestmark = pytest.mark.req("K-06")

FORM = b"Content-Type: application/x-www-form-urlencoded"
STAFF_PAGES = ("/", "/counter/main/1", "/tv/main", "/board/main")
STREAMS = ("/events/counter/main/1", "/events/tv/main", "/events/board/main", "/voice/main/1.wav")


async def test_pages_for_staff_want_a_sign_in_and_come_back_after_it(visitor: Visitor) -> None:
    for path in STAFF_PAGES:
        answer = await visitor.get(path)
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/sign-in?next=")
    for path in STREAMS:
        assert (await visitor.get(path)).status == 401
    asked = (await visitor.get("/counter/main/1?lang=ko")).headers["Location"]
    answer = await visitor.sign_in(path=asked)
    assert answer.headers["Location"] == "/counter/main/1?lang=ko"
    for path in STAFF_PAGES:
        assert (await visitor.get(path)).status == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: Visitor) -> None:
    answer = await visitor.sign_in()
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    behind = await visitor.post("/sign-in", {"token": TOKEN}, X_Forwarded_Proto="https")
    assert "Secure" in behind.headers["Set-Cookie"]


async def test_who_chooses_a_language_while_signing_in_comes_to_the_page_in_it(visitor: Visitor) -> None:
    answer = await visitor.get("/counter/main/1?lang=ko")
    page = await visitor.get(answer.headers["Location"])
    assert '<html lang="ko"' in page.text
    chosen = re.search(r'href="([?][^"]*lang=zh)"', page.text)
    assert chosen is not None
    page = await visitor.get(f"/sign-in{unescape(chosen[1])}")
    form = re.search(r'action="([^"]+)"', page.text)
    assert form is not None
    answer = await visitor.post(unescape(form[1]), {"token": "wrong"})
    assert (answer.status, unescape(form[1]) in unescape(answer.text)) == (403, True)
    answer = await visitor.post(unescape(form[1]), {"token": TOKEN})
    assert answer.headers["Location"] == "/counter/main/1?lang=zh"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN}x", "ключ", "😀"])
async def test_another_token_does_not_sign_in(visitor: Visitor, token: str) -> None:
    answer = await visitor.sign_in(token)
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers
    assert "not the token" in answer.text


async def test_who_tries_often_waits(visitor: Visitor, branch: Branch) -> None:
    answers = [(await visitor.sign_in("wrong")).status for _ in range(11)]
    assert answers == [403] * 10 + [429]
    assert (await visitor.sign_in()).status == 429, "the right one after too many wrong ones"
    elsewhere = await visitor.post("/sign-in", {"token": "wrong"}, X_Forwarded_For="198.51.100.7, 192.0.2.9")
    assert elsewhere.status == 403, "another client waits for what the first one did"
    branch.rig.clock.advance(10)
    assert (await visitor.sign_in()).status == 303


@pytest.mark.parametrize(
    "then",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/t/main/x", "/counter/..//x", "javascript:1"],
)
async def test_signing_in_leads_nowhere_else(visitor: Visitor, then: str) -> None:
    async with visitor.session.post(
        "/sign-in", params={"next": then}, data={"token": TOKEN}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "/"


async def test_a_form_from_elsewhere_does_nothing(staff: Visitor, branch: Branch) -> None:
    branch.open("1")
    ticket = branch.take("A001", "cash")
    ours, staff.form = staff.form, ""
    for form in ("", "0" * 64, ours[:-1], "ü"):
        staff.form = form
        answer = await staff.do("1", "call")
        assert answer.status == 403
    for body in (f"form={ours}&do=call&x={'y' * 5000}".encode(), b"\xff\xfe", b""):
        async with staff.session.post(
            "/counter/main/1", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        ) as refused:
            assert refused.status == 403
    async with staff.session.post("/counter/main/1", json={"form": ours, "do": "call"}) as refused:
        assert refused.status == 403
    assert branch.stage(ticket) == "waiting"
    staff.form = ours
    assert (await staff.do("1", "call")).status == 303
    assert branch.stage(ticket) == "called"


async def test_signing_out_and_time_end_a_session(staff: Visitor, branch: Branch) -> None:
    assert (await staff.post("/sign-out", {"form": staff.form})).status == 303
    assert (await staff.get("/board/main")).status == 303
    await staff.sign_in()
    branch.rig.clock.advance(IDLE_S + 1)
    assert (await staff.get("/board/main")).status == 303
    assert (await staff.do("1", "open", X_Requested_With="usher")).status == 401


async def test_every_answer_keeps_to_itself(staff: Visitor, branch: Branch) -> None:
    branch.take("A001", "cash", follow=FOLLOW)
    for path in (*STAFF_PAGES, "/sign-in", f"/t/main/{FOLLOW}", "/t/main/none", "/counter/main/77", "/tv/nowhere"):
        answer = await staff.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
        assert "style=" not in answer.text
        assert "<script>" not in answer.text
        assert "http://" not in answer.text
        assert "https://" not in answer.text, "a page loads nothing from elsewhere"


async def test_assets_are_open_kept_and_named_after_their_content(visitor: Visitor) -> None:
    page = await visitor.get("/sign-in")
    start = page.text.index("/assets/")
    path = page.text[start : page.text.index('"', start)]
    answer = await visitor.get(path)
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    digest, name = path.split("/")[2:]
    for wrong in (
        f"/assets/{'0' * len(digest)}/{name}",
        f"/assets/{digest}/none.css",
        f"/assets/{digest}/..%2fsite.py",
    ):
        assert (await visitor.get(wrong)).status == 404


async def test_what_is_not_there_is_said_in_the_visitors_language(staff: Visitor) -> None:
    for path in ("/counter/main/77", "/counter/nowhere/1", "/tv/nowhere", "/board/nowhere"):
        answer = await staff.get(path, Accept_Language="zh-CN,zh;q=0.9")
        assert answer.status == 404
        assert "没有这个页面" in answer.text
        assert (await staff.get(f"/events{path}")).status == 404


@pytest.mark.parametrize(
    "head",
    [
        b"GET /board/main HTTP/1.1\r\nCookie: usher=\xff\xfe",
        b"GET /events/tv/main HTTP/1.1\r\nCookie: usher=\xed\xa0\x80",
        b"GET /t/main/%ff%fe HTTP/1.1",
        b"GET /t/main/%ed%a0%80 HTTP/1.1",
        b"GET /t/%ff/x HTTP/1.1\r\nX-Forwarded-For: \xff",
        b"GET /sign-in?next=%ff&lang=%ff HTTP/1.1\r\nAccept-Language: \xff;q=1",
        b"GET /assets/%00/%00 HTTP/1.1",
        b"GET /counter/main/%00 HTTP/1.1",
        b"POST /sign-in HTTP/1.1\r\n" + FORM + b"; charset=none\r\nContent-Length: 7\r\n\r\ntoken=x",
        b"POST /sign-in HTTP/1.1\r\n" + FORM + b"\r\nContent-Length: 9\r\n\r\ntoken=%ff",
        b"POST /sign-in HTTP/1.1\r\n" + FORM + b"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
    ],
)
async def test_bytes_that_are_no_text_are_refused_like_all_else(branch: Branch, head: bytes) -> None:
    host, port = branch.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    first, _, rest = head.partition(b"\r\n")
    writer.write(first + b"\r\nHost: x\r\nConnection: close\r\n" + rest + (b"" if b"\r\n\r\n" in rest else b"\r\n\r\n"))
    async with asyncio.timeout(10):
        status = int((await reader.readline()).split()[1])
        await reader.read()
    writer.close()
    await writer.wait_closed()
    assert 200 <= status < 500, status
