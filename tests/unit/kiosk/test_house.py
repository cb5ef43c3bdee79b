"""What one kiosk of a branch tells its screen: numbers and paper, the lobby, who somebody is (K-01, K-03, K-13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from contracts import Envelope, Refusal, decode
from contracts.fields import AccessNeed, Language
from contracts.lobby import ClassOutlook, LobbyTold, TicketAdvised
from contracts.tickets import TicketTaken
from kiosk.agent import IssuedTicket, KioskAgent
from kiosk.bootstrap import Counter, build
from kiosk.core.taking import Names
from kiosk.core.ticket_layout import Code
from kiosk.events import KioskEvent, PrinterChanged, to_nobody
from kiosk.house import BranchHouse
from kiosk.outfit import Outfit
from kiosk.presenters.house import Estimate, Fault, Health, Known, Order, Paper, Pick, Printer, Slip, Stop, Way
from kiosk.printers.ports import NotPrinted, Outcome, Printed, PrinterStatus, PrintJob, Trouble, Unknown
from kiosk.printers.ports import Paper as Roll
from kiosk.settings import KioskSettings
from runtime.agent.mailbox import Mailbox
from runtime.errors import ConfigError

SETTINGS = KioskSettings(
    device="kiosk-1", branch="main-street", broker="mqtt://127.0.0.1:1883", store="unused", fetch_models=False
)
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Roller:
    """A printer that keeps its jobs, and does with them as it is told."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.jobs: list[PrintJob] = []

    async def print(self, job: PrintJob) -> Outcome:
        self.jobs.append(job)
        return self.outcome

    async def status(self) -> PrinterStatus:
        return PrinterStatus(Roll.OK)

    def close(self) -> None:
        """Nothing to close."""


class OnePick:
    """Suggests one thing to everybody, and knows every product."""

    def of(self, business: str | None) -> tuple[Pick, ...]:
        return self.named([business or "any"])

    def named(self, codes: Sequence[str]) -> tuple[Pick, ...]:
        return tuple(Pick(code=code, names=Names(en="Travel card")) for code in codes)


@dataclass
class Stand:
    """A house over a real agent, at a time that the test sets."""

    mailbox: Mailbox
    agent: KioskAgent
    at: datetime = NINE
    at_s: float = 0.0
    houses: list[BranchHouse] = field(default_factory=list)

    def house(self, printer: Roller | None = None, *, confirms: bool = False) -> BranchHouse:
        return BranchHouse(
            Counter(self.agent, None),
            self.agent.catalogue,
            place="Main Street",
            page=lambda follow: f"https://q.bank/t/main-street/{follow}",
            monotonic=lambda: self.at_s,
            local=lambda: self.at,
            confirms=confirms,
            printer=printer,
            picks=OnePick(),
        )

    def sent(self) -> TicketTaken:
        rows = self.mailbox.database.conn.execute("select payload from outbox order by seq").fetchall()
        envelope = decode(rows[-1][0])
        assert isinstance(envelope, Envelope)
        assert isinstance(envelope.data, TicketTaken)
        return envelope.data


@contextmanager
def standing(tmp_path: Path) -> Iterator[Stand]:
    businesses = tmp_path / "businesses.json"
    businesses.write_text('["loan", "cash"]')
    settings = msgspec.structs.replace(SETTINGS, businesses=str(businesses))
    with closing(Mailbox.open(tmp_path / "kiosk.db")) as mailbox:
        yield Stand(mailbox, build(settings, mailbox, to_nobody))


def lobby(*, low_s: float | None = 130.0, high_s: float | None = 610.0, **more: object) -> LobbyTold:
    outlook = ClassOutlook(service_class="A", waiting=3, low_s=low_s, high_s=high_s)
    return msgspec.structs.replace(LobbyTold(at=NINE, classes=(outlook,)), **more)


@pytest.mark.req("K-03", "K-04")
async def test_a_number_is_taken_for_all_that_was_ordered_and_printed_with_its_page(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        roller = Roller(Printed(confirmed=True, paper=Roll.OK))
        house = stand.house(roller, confirms=True)
        assert house.most_services > 1
        house.lobby_told(lobby())
        order = Order(business="loan", language=Language.KO, further=("cash",), needs=(AccessNeed.LARGE_TEXT,))
        given = house.take(order)
        assert isinstance(given, IssuedTicket)
        taken = stand.sent()
        assert (taken.number, taken.also, taken.needs) == (given.number, ("cash",), (AccessNeed.LARGE_TEXT,))
        link = f"https://q.bank/t/main-street/{taken.follow}"
        assert house.slip(given.number) == Slip(link=link, paper=Paper.UNDER_WAY)
        await house.finish()
        assert house.slip(given.number) == Slip(link=link, paper=Paper.PRINTED)
        [job] = roller.jobs
        assert job.name == given.number
        assert [block.content for block in job.layout.blocks if isinstance(block, Code)] == [link]
        house.forget()
        assert house.slip(given.number) == Slip()


@pytest.mark.req("K-03")
async def test_a_ticket_that_is_not_printed_is_a_number_all_the_same(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        house = stand.house(Roller(NotPrinted(Trouble.PAPER_OUT)))
        heard: list[Outcome] = []
        house.on_printed(heard.append)
        given = house.take(Order(business="cash", language=Language.EN))
        assert isinstance(given, IssuedTicket)
        await house.finish()
        assert house.slip(given.number).paper is Paper.NOT_PRINTED
        assert heard == [NotPrinted(Trouble.PAPER_OUT)]
        house.printer_told(PrinterStatus(Roll.OUT, Trouble.PAPER_OUT))
        assert house.health().printer is Printer.PAPER_OUT
        house.printer_told(PrinterStatus(Roll.UNKNOWN, Trouble.UNREACHABLE))
        assert house.health().printer is Printer.DEAD
        house.printer_told(PrinterStatus(Roll.NEAR_END))
        assert house.health().printer is Printer.READY


@pytest.mark.req("K-03")
async def test_a_ticket_that_is_perhaps_printed_is_not_called_unprinted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with standing(tmp_path) as stand:
        house = stand.house(Roller(Unknown(Trouble.CUT_OFF)))
        heard: list[Outcome] = []
        house.on_printed(heard.append)
        given = house.take(Order(business="cash", language=Language.EN))
        assert isinstance(given, IssuedTicket)
        await house.finish()
        assert house.slip(given.number).paper is Paper.PERHAPS
        assert heard == [Unknown(Trouble.CUT_OFF)]
        assert f"ticket_perhaps_printed number={given.number} why=cut_off" in caplog.text


async def test_a_printed_ticket_of_a_customer_who_left_comes_back_to_nobodys_screen(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        house = stand.house(Roller(Printed(confirmed=True, paper=Roll.OK)))
        given = house.take(Order(business="cash", language=Language.EN))
        assert isinstance(given, IssuedTicket)
        house.forget()
        await house.finish()
        assert house.slip(given.number) == Slip()


@pytest.mark.req("K-03")
def test_the_wait_is_shown_as_long_as_it_is_fresh_and_known(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        house = stand.house()
        assert house.estimate("loan") is None
        house.lobby_told(lobby())
        assert house.estimate("loan") == Estimate(low_min=2, high_min=11)
        assert house.estimate("magic") is None
        stand.at_s = 100.0
        assert house.estimate("loan") is None
        house.lobby_told(lobby(low_s=None, high_s=None))
        assert house.estimate("loan") is None


@pytest.mark.req("K-13")
def test_the_hub_closes_and_stops_the_kiosk(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        house = stand.house()
        assert house.health() == Health()
        house.lobby_told(lobby(out_of_order=True, notice="Use the other one"))
        assert (house.health().stop, house.health().notice) == (Stop.OUT_OF_ORDER, "Use the other one")
        house.lobby_told(lobby(closes=NINE + timedelta(minutes=12, seconds=1)))
        assert (house.health().stop, house.health().closes_in_min) == (Stop.NOTHING, 13)
        stand.at += timedelta(minutes=13)
        stand.at_s += 13 * 60
        assert house.health().stop is Stop.CLOSED
        stand.at += timedelta(hours=13)
        assert house.health().stop is Stop.NOTHING


@pytest.mark.req("K-12")
def test_to_a_customer_it_suggests_what_the_hub_says_while_the_ticket_is_there(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        house = stand.house()
        stand.agent.link.online = True
        given = house.take(Order(business="loan", language=Language.EN, customer="c-1"))
        assert isinstance(given, IssuedTicket)

        def suggested() -> list[str]:
            return [pick.code for pick in house.picks("loan", "c-1")]

        assert suggested() == [], "not yet, and not what anybody would be suggested"
        house.lobby_told(TicketAdvised(ticket="another", products=("card",)))
        assert suggested() == []
        house.lobby_told(TicketAdvised(ticket=given.ticket, products=("mortgage", "car_loan")))
        assert suggested() == ["mortgage", "car_loan"]
        assert [pick.code for pick in house.picks("loan", None)] == ["loan"], "an anonymous visitor"
        house.lobby_told(TicketAdvised(ticket=given.ticket, products=None))
        assert suggested() == ["loan"], "the bank doesn't know them"
        house.forget()
        assert suggested() == []
        house.lobby_told(TicketAdvised(ticket=given.ticket, products=("mortgage",)))
        assert suggested() == [], "the customer has gone"
        stand.agent.link.online = False
        assert suggested() == ["loan"], "nobody knows better"


def test_what_it_does_not_know_it_does_not_say(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        house = stand.house()
        assert (house.online, house.speaks, house.hears(Language.EN), house.confirms) == (False, False, False, False)
        assert (house.ways, house.cards()) == (frozenset(), ())
        assert house.find(Way.PHONE, "01012345678") is Fault.AWAY
        assert [pick.code for pick in house.picks("loan", "c-1")] == ["loan"]
        assert isinstance(house.take(Order(business="magic", language=Language.EN)), Refusal)


def outfitted(tmp_path: Path, stand: Stand, emit: list[KioskEvent], text: str) -> Outfit:
    settings = msgspec.toml.decode(text, type=KioskSettings)
    return Outfit(settings, stand.agent, Counter(stand.agent, None), speaks=False, picks=None, emit=emit.append)


BASE = 'device = "kiosk-1"\nbranch = "main-street"\nbroker = "mqtt://127.0.0.1:1883"\nstore = "unused"\n'


@pytest.mark.req("K-01")
def test_who_types_a_number_is_known_by_a_reference_alone(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        key = tmp_path / "bank.key"
        text = f'{BASE}id_number = "cn-id"\n[identity]\nkey = "{key}"\nbank = "demo"\nregion = "KR"\n'
        house = outfitted(tmp_path, stand, [], text).house
        assert house.ways == {Way.PHONE, Way.ID_NUMBER}
        found = house.find(Way.ID_NUMBER, "11010519491231002X")
        assert isinstance(found, Known)
        assert "19491231" not in found.customer
        assert found.masked.endswith("02X") or "•" in found.masked
        assert house.find(Way.ID_NUMBER, "110105194912310021") is Fault.CHECK
        assert house.find(Way.ID_NUMBER, "1101") is Fault.LENGTH
        assert isinstance(house.find(Way.PHONE, "010-2345-6789"), Known)
        assert house.find(Way.PHONE, "12") in {Fault.LENGTH, Fault.UNKNOWN}


@pytest.mark.req("K-01")
@pytest.mark.parametrize(
    ("kinds", "ways"),
    [
        (("camera",), {Way.CODE}),
        (("pcsc",), {Way.CARD}),
        (("wedge",), {Way.CARD, Way.CODE}),
        (("pcsc", "camera"), {Way.CARD, Way.CODE}),
        ((), set()),
    ],
)
def test_a_way_is_offered_where_something_reads_it(tmp_path: Path, kinds: tuple[str, ...], ways: set[Way]) -> None:
    with standing(tmp_path) as stand:
        readers = "".join(f'[[readers]]\nkind = "{kind}"\n' for kind in kinds)
        text = f'{BASE}{readers}[identity]\nkey = "{tmp_path / "bank.key"}"\nbank = "demo"\n'
        assert outfitted(tmp_path, stand, [], text).house.ways == {Way.PHONE, *ways}


def test_settings_that_do_not_fit_say_so(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        with pytest.raises(ConfigError, match=r"need \[identity\]"):
            outfitted(tmp_path, stand, [], f'{BASE}id_number = "cn-id"\n')
        identity = f'[identity]\nkey = "{tmp_path / "bank.key"}"\nbank = "demo"\n'
        with pytest.raises(ConfigError, match=r"name one of identity\.accepts: cn-id, kr-rrn"):
            outfitted(tmp_path, stand, [], f'{BASE}id_number = "us-ssn"\n{identity}')


@pytest.mark.req("K-03")
async def test_branch_it_hears_of_the_printer_and_what_to_do(tmp_path: Path) -> None:
    with standing(tmp_path) as stand:
        events: list[KioskEvent] = []
        outfit = outfitted(tmp_path, stand, events, f'{BASE}[printer]\nkind = "dummy"\n')
        outfit._printer_told(PrinterStatus(Roll.OUT, Trouble.PAPER_OUT))
        [event] = events
        assert isinstance(event, PrinterChanged)
        assert (event.trouble, event.do) == ("paper_out", "put in a new roll")
        given = outfit.house.take(Order(business="loan", language=Language.ZH))
        assert isinstance(given, IssuedTicket)
        await outfit.house.finish()
        assert outfit.house.slip(given.number).paper is Paper.PRINTED
        outfit.close()
