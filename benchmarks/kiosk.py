"""``usher bench kiosk``: from knowing who it is to the command for the printer, and what a kiosk grows by (K-03, K-13).

One process runs the kiosk's agent, its house and a printer that keeps the bytes of the last ticket; every ticket is
acknowledged as the hub does. The hub is never waited for, so its being away changes nothing of what is measured. Bare:
a commit of the same bytes into an SQLite file of the same kind in the same folder.
"""

import asyncio
import gc
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import click
import msgspec
import psutil

from benchmarks.ledger import percentile
from contracts import AnyMessage, Envelope, encode, topics
from contracts.fields import Language
from contracts.messages import wire_type
from contracts.session import DeliveryAcked, DeviceWelcomed
from kiosk.agent import IssuedTicket
from kiosk.bootstrap import Counter, build
from kiosk.events import to_nobody
from kiosk.outfit import Outfit
from kiosk.presenters.house import Known, Order, Way
from kiosk.scrubbing import sweeps
from kiosk.settings import KioskSettings
from runtime.agent.mailbox import Mailbox
from runtime.bus import Received

WARM_UP = 1000
PRINTED_EVERY = 20
"""A ticket in so many is printed and timed; all are taken."""

BARE = 300
LANGUAGES = tuple(Language)
EPOCH = "0195c1b0-7a10-7000-8000-00000000e001"
ID_NUMBER = "11010519491231002X"  # the example of GB 11643-1999


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from an ID number typed to the bytes at the printer, of them until the number is durable; ``bare_``:
    a commit; ``growth_mb``: resident memory from the first thousand tickets to the last; ``sweep_``: a piece of what
    overwrites free memory after a customer, between two of which the window draws."""

    tickets: int
    to_paper_p50_ms: float
    to_paper_p95_ms: float
    to_number_p50_ms: float
    to_number_p95_ms: float
    bare_p50_ms: float
    ratio_number: float
    growth_mb: float
    resident_mb: float
    sweep_piece_p50_ms: float
    sweep_piece_p95_ms: float


def _from_hub(message: DeliveryAcked | DeviceWelcomed) -> Received:
    envelope = Envelope[AnyMessage](
        id=uuid4().hex, source="hub", type=wire_type(type(message)), time=datetime.now(UTC), data=message
    )
    return Received(topics.down("kiosk-1"), encode(envelope))


def _bare(folder: Path) -> float:
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("create table message (id integer primary key, body blob)")
        took = []
        for _ in range(BARE):
            began = time.perf_counter()
            connection.execute("begin immediate")
            connection.execute("insert into message (body) values (?)", (b"x" * 600,))
            connection.execute("commit")
            took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 0.5)


def _swept() -> list[float]:
    """Milliseconds of each piece of a sweep but the collection: a window process has frozen what it begins with."""
    took = []
    for piece in list(sweeps())[1:]:
        began = time.perf_counter()
        piece()
        took.append(1000 * (time.perf_counter() - began))
    return took


async def measured(folder: Path, tickets: int) -> Report:
    """Take so many tickets in ``folder``."""
    businesses = folder / "businesses.json"
    businesses.write_text('["cash", "loan", "advice"]')
    text = (
        f'device = "kiosk-1"\nbranch = "main"\nbroker = "mqtt://127.0.0.1:1"\nstore = "{folder}/kiosk.db"\n'
        f'businesses = "{businesses}"\nid_number = "cn-id"\nphone_pages = "https://queue.example"\n'
        f'[identity]\nkey = "{folder}/bank.key"\nbank = "bench"\n[printer]\nkind = "dummy"\n'
    )
    settings = msgspec.toml.decode(text, type=KioskSettings)
    process = psutil.Process()
    with closing(Mailbox.open(Path(settings.store))) as mailbox:
        agent = build(settings, mailbox, to_nobody)
        outfit = Outfit(settings, agent, Counter(agent, None), speaks=False, picks=None, emit=to_nobody)
        silent = Outfit(
            msgspec.structs.replace(settings, printer=None, identity=None, id_number=""),
            agent,
            Counter(agent, None),
            speaks=False,
            picks=None,
            emit=to_nobody,
        )
        agent.link.on_message(_from_hub(DeviceWelcomed(hub_time=datetime.now(UTC), epoch=EPOCH, current=True)))
        to_paper, to_number, first = [], [], 0
        for count in range(tickets + WARM_UP):
            if count == WARM_UP:
                gc.collect()
                first = process.memory_info().rss
            printed = count % PRINTED_EVERY == 0
            house = (outfit if printed else silent).house
            began = time.perf_counter()
            customer = None
            if printed:
                known = house.find(Way.ID_NUMBER, ID_NUMBER)
                assert isinstance(known, Known)
                customer = known.customer
            order = Order(business="loan", language=LANGUAGES[count % 3], customer=customer)
            given = house.take(order)
            durable = time.perf_counter()
            assert isinstance(given, IssuedTicket), given
            await house.finish()
            if printed and count >= WARM_UP:
                to_paper.append(1000 * (time.perf_counter() - began))
                to_number.append(1000 * (durable - began))
            agent.link.on_message(_from_hub(DeliveryAcked(ids=(given.message,))))
            house.forget()
        gc.collect()
        resident = process.memory_info().rss
        outfit.close()
    bare, swept = _bare(folder), _swept()
    return Report(
        tickets=tickets,
        to_paper_p50_ms=round(percentile(to_paper, 0.5), 2),
        to_paper_p95_ms=round(percentile(to_paper, 0.95), 2),
        to_number_p50_ms=round(percentile(to_number, 0.5), 2),
        to_number_p95_ms=round(percentile(to_number, 0.95), 2),
        bare_p50_ms=round(bare, 2),
        ratio_number=round(percentile(to_number, 0.5) / bare, 2),
        growth_mb=round((resident - first) / 1e6, 2),
        resident_mb=round(resident / 1e6, 1),
        sweep_piece_p50_ms=round(percentile(swept, 0.5), 2),
        sweep_piece_p95_ms=round(percentile(swept, 0.95), 2),
    )


@click.command(context_settings={"max_content_width": 120})
@click.option("--tickets", type=click.IntRange(100, 10_000_000), default=20_000, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(tickets: int, *, as_json: bool) -> None:
    """Numbers and tickets of one kiosk: how soon, and whether it grows."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-kiosk-") as folder:
        report = asyncio.run(measured(Path(folder), tickets))
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    for name, value in msgspec.structs.asdict(report).items():
        click.echo(f"{name:>20} {value}")
