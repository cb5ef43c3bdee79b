"""Try a printer without a kiosk: ``python -m kiosk.printers.trial`` asks how it is, prints a sample, or draws one."""

import asyncio
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
from msgspec import Struct

from contracts.fields import Language
from kiosk.core.ticket_layout import Ticket, TicketLayout, lay_out
from kiosk.printers.drawing import save_preview
from kiosk.printers.encoding import Encoder
from kiosk.printers.opening import open_printer
from kiosk.printers.ports import WHAT_TO_DO, NotPrinted, Printed, PrintJob, Trouble, Unknown
from kiosk.printers.settings import DummyPrinter, FilePrinter, NetworkPrinter, PrinterSettings, UsbPrinter
from kiosk.printers.texts import load_ticket_words
from runtime.clock import Clock, SystemClock
from runtime.config import load_config
from runtime.errors import UsherRuntimeError

LIFE_S = 10.0


class PrinterFile(Struct, frozen=True, kw_only=True):
    """A kiosk's settings, or a file of its own: all but the table ``printer`` is skipped."""

    printer: PrinterSettings


def sample(language: Language, now: datetime, *, large: bool) -> TicketLayout:
    """A ticket that says that it is none."""
    words = load_ticket_words(language)
    trial = {Language.EN: "Trial print", Language.ZH: "打印测试", Language.KO: "시험 인쇄"}[language]
    ticket = Ticket(
        number="A000",
        business=trial,
        branch="Usher",
        issued=now,
        people_before=0,
        wait_min=(5, 12),
        page_url="https://usher.invalid/trial",
        large=large,
    )
    return lay_out(ticket, words, language.value)


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice([language.value for language in Language]), default="en")
@click.option("--large", is_flag=True, help="In large letters.")
@click.option("--print", "prints", is_flag=True, help="Print a sample, instead of only asking how the printer is.")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Draw the sample into this file.")
def main(config: Path, language: str, large: bool, prints: bool, png: Path | None) -> None:
    """Ask the printer of the table [printer] in CONFIG, a TOML file, how it is.

    The exit code is 1 where it can't print, or the sample did not come out for certain.
    """
    clock = SystemClock()
    layout = sample(Language(language), clock.now().astimezone(), large=large)
    try:
        settings = load_config(config, PrinterFile).printer
        if png is not None:
            save_preview(layout, Encoder(settings).dots, png)
            click.echo(f"drawn: {png}")
            return
        said, well = asyncio.run(_try(settings, layout if prints else None, clock))
    except UsherRuntimeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(said)
    sys.exit(0 if well else 1)


async def _try(settings: PrinterSettings, layout: TicketLayout | None, clock: Clock) -> tuple[str, bool]:
    """What to say, and whether all is well."""
    with closing(open_printer(settings, clock)) as printer:
        if layout is None:
            status = await printer.status()
            if status.trouble is None:
                return f"ready, paper: {status.paper.value}", True
            return _told(status.trouble, settings), False
        outcome = await printer.print(PrintJob("trial", layout, clock.monotonic() + LIFE_S))
        match outcome:
            case Printed(confirmed=confirmed, paper=paper):
                how = "confirmed by the printer" if confirmed else "not confirmed"
                return f"printed ({how}), paper: {paper.value}", True
            case NotPrinted(why=why):
                return f"not printed, {_told(why, settings)}", False
            case Unknown(why=why):
                return f"perhaps printed, {_told(why, settings)}", False


def _told(why: Trouble, settings: PrinterSettings) -> str:
    """What is wrong, where, and what to do."""
    where = f" ({_place(settings)})" if why is Trouble.UNREACHABLE else ""
    return f"{why.value}{where}: {WHAT_TO_DO[why]}"


def _place(settings: PrinterSettings) -> str:
    match settings:
        case NetworkPrinter(host=host, port=port):
            return f"{host}:{port}"
        case UsbPrinter(vendor=vendor, product=product):
            return f"USB {vendor:04x}:{product:04x}"
        case FilePrinter(path=path):
            return path
        case DummyPrinter():
            return "none"


if __name__ == "__main__":
    main()
