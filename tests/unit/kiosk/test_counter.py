"""What the customers' screen asks of the kiosk, and what a window needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from contracts import Refusal
from contracts.fields import Language
from kiosk.agent import IssuedTicket
from kiosk.bootstrap import Counter, build, open_window, play
from kiosk.events import KioskEvent, TakeRefused, to_nobody
from kiosk.presenters.house import Broken, Card, Order
from kiosk.readers.simulated import SimulatedCards
from kiosk.settings import KioskSettings
from runtime.agent.mailbox import Mailbox
from runtime.errors import ConfigError

SETTINGS = KioskSettings(
    device="kiosk-1", branch="main-street", broker="mqtt://127.0.0.1:1883", store="unused", fetch_models=False
)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with closing(Mailbox.open(tmp_path / "kiosk.db")) as opened:
        yield opened


def test_who_took_a_number_steps_aside(mailbox: Mailbox) -> None:
    cards = SimulatedCards([Card("c-1", "Ann"), Card("c-2", "Bo")])
    counter = Counter(build(SETTINGS, mailbox, to_nobody), cards)
    assert not counter.online
    taken = counter.take(Order(business="loan", language=Language.KO, customer="c-1"))
    assert isinstance(taken, IssuedTicket)
    assert counter.cards() == (Card("c-2", "Bo"),)
    assert isinstance(counter.take(Order(business="loan", language=Language.EN, customer=None)), IssuedTicket)
    assert counter.cards() == (Card("c-2", "Bo"),)


def test_a_refused_customer_stays(mailbox: Mailbox) -> None:
    cards = SimulatedCards([Card("c-1", "Ann"), Card("c-2", "Bo")])
    counter = Counter(build(SETTINGS, mailbox, to_nobody), cards)
    assert isinstance(counter.take(Order(business="not a code", language=Language.EN, customer="c-1")), Refusal)
    assert len(counter.cards()) == 2


def test_a_store_that_fails_is_a_page_and_a_line_in_the_log(mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    counter = Counter(build(SETTINGS, mailbox, to_nobody), None)
    assert counter.cards() == ()
    mailbox.database.conn.execute("drop table ticket")
    assert isinstance(counter.take(Order(business="loan", language=Language.EN, customer=None)), Broken)
    assert "take_failed" in caplog.text
    with pytest.raises(sqlite3.OperationalError):  # nothing was counted for a ticket that nobody has
        mailbox.database.conn.execute("select * from ticket")
    assert mailbox.depth() == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, "give --businesses"),
        ({"size": (100, 700)}, "at least 200 by 200"),
        ({"size": (480, 9000)}, "at most 8192"),
        ({"cards": "nowhere.jsonl"}, "nowhere.jsonl: can't be read"),
    ],
)
def test_a_window_says_what_it_needs(
    mailbox: Mailbox, tmp_path: Path, change: dict[str, str | tuple[int, int]], what: str
) -> None:
    businesses = tmp_path / "businesses.json"
    businesses.write_text('["loan"]')
    given = {**({"businesses": str(businesses)} if change else {}), **change}
    settings = msgspec.convert(msgspec.structs.asdict(SETTINGS) | given, KioskSettings)
    with pytest.raises(ConfigError, match=what):
        open_window(settings, build(settings, mailbox, to_nobody), to_nobody, None)


async def test_without_a_window_nothing_can_be_touched(mailbox: Mailbox, tmp_path: Path) -> None:
    told: list[KioskEvent] = []
    script = tmp_path / "script"
    script.write_text('{"do":"touch","name":"en"}\n')
    await play(build(SETTINGS, mailbox, told.append), str(script), told.append)
    assert [event.detail for event in told if isinstance(event, TakeRefused)] == [
        "touch 'en': there is no window: start with --window"
    ]
