"""Tickets to print in tests."""

from __future__ import annotations

from datetime import datetime

from contracts.fields import Language
from kiosk.core.ticket_layout import Ticket, TicketLayout, lay_out
from kiosk.printers.ports import PrintJob
from kiosk.printers.texts import load_ticket_words

PAGE = "https://queue.bank.example/t/7KQ2M9XV4T8RPN3W"

BUSINESS = {Language.EN: "Loans and mortgages", Language.ZH: "贷款与按揭业务", Language.KO: "대출 및 주택담보대출"}
BRANCH = {Language.EN: "Sample Bank · Gangnam", Language.ZH: "示例银行 · 江南支行", Language.KO: "샘플은행 · 강남지점"}
ADVICE = {
    Language.EN: "While you wait: ask us about fixing your mortgage rate.",
    Language.ZH: "等候时可了解：固定利率按揭，月供更安心。",
    Language.KO: "기다리시는 동안: 고정금리 전환을 문의해 보세요.",
}


def ticket(number: str = "A017", language: Language = Language.EN, *, large: bool = False) -> Ticket:
    """One with everything on it."""
    return Ticket(
        number=number,
        business=BUSINESS[language],
        branch=BRANCH[language],
        issued=datetime(2026, 11, 29, 10, 42),  # noqa: DTZ001 - local, as on paper
        people_before=4,
        wait_min=(5, 12),
        page_url=PAGE,
        advice=ADVICE[language],
        large=large,
    )


def layout(number: str = "A017", language: Language = Language.EN, *, large: bool = False) -> TicketLayout:
    """The same, laid out."""
    return lay_out(ticket(number, language, large=large), load_ticket_words(language), language.value)


def job(until_s: float, number: str = "A017", language: Language = Language.EN) -> PrintJob:
    """The same, as a job."""
    return PrintJob(name=number, layout=layout(number, language), good_until_s=until_s)
