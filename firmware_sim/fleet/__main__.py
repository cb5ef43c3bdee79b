"""``usher demo``: a branch morning with real processes."""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import click
import msgspec

from firmware_sim.errors import SimulationError
from firmware_sim.fleet.advisor import Pace
from firmware_sim.fleet.by_hand import play_by_hand
from firmware_sim.fleet.display import has_display, screen_size
from firmware_sim.fleet.morning import Morning, Options
from firmware_sim.fleet.people import find_bank
from firmware_sim.fleet.screen import arrange
from firmware_sim.fleet.show import JsonShow, Show, TerminalShow
from firmware_sim.fleet.staging import play_tour, record_tour
from firmware_sim.fleet.studio import Studio
from models.errors import ModelsError
from runtime.logs import start_logging
from runtime.supervision import run_until_signal

HEADLESS = Pace(between_tickets_s=0.45, reaction_s=0.15, line_s=0.2)
FILMS = (".webp", ".gif")
FOR_EYES = Pace(between_tickets_s=2.5, reaction_s=2.0, line_s=1.5)
ALOUD = Pace(between_tickets_s=1.0, reaction_s=1.0, line_s=0.5)
"""Headless, but with talks that take their time."""

PATIENCE_S, PATIENCE_A_SPOKEN_TALK_S = 120.0, 30.0


@click.command(context_settings={"max_content_width": 120})
@click.option("--by-hand", is_flag=True, help="Nobody acts but you, with the mouse: kiosk, two watches and a band.")
@click.option("--tour", is_flag=True, help="The whole story by itself, with captions.")
@click.option(
    "--record", type=click.Path(path_type=Path), metavar="FILE", help="Film the tour: .webp or .gif; needs no display."
)
@click.option("--voices", is_flag=True, help="Talks are spoken (en, ko) and heard through virtual microphones.")
@click.option("--once", is_flag=True, help="End when the morning is over; without it the branch stays open.")
@click.option(
    "--customers", type=click.IntRange(1, 500), default=20, show_default=True, help="How many customers come."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another morning.")
@click.option("--headless", is_flag=True, help="No windows, even where there is a display.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; the last is the summary.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep databases and logs in this folder.")
@click.option("--data", type=click.Choice(["auto", "coil2000", "simbank"]), default="auto", show_default=True)
@click.option("--broker", default="", help="mqtt://HOST:PORT of your own broker instead of the embedded one.")
@click.option(
    "--gap",
    type=click.FloatRange(0.0, 60.0),
    help="Mean seconds between tickets.  [default: 0.45; aloud 1; in windows 2.5]",
)
def main(
    by_hand: bool,
    tour: bool,
    record: Path | None,
    voices: bool,
    once: bool,
    customers: int,
    seed: int,
    headless: bool,
    as_json: bool,
    keep: Path | None,
    data: str,
    broker: str,
    gap: float | None,
) -> None:
    """Play a branch morning: kiosk, hub, two watches and a band as processes; exit code 0 when nothing was lost."""
    check(by_hand=by_hand, tour=tour, record=record, once=once, headless=headless, broker=broker, voices=voices)
    start_logging("warning")
    show: Show = JsonShow() if as_json else TerminalShow()
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="usher-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        windows = not headless and has_display()
        options = Options(
            seed=seed,
            customers=customers,
            folder=folder,
            pace=FOR_EYES if windows else ALOUD if voices else HEADLESS,
            patience_s=PATIENCE_S + (PATIENCE_A_SPOKEN_TALK_S * customers if voices else 0.0),
            layout=arrange(*screen_size()) if windows and not record else None,
            broker=broker,
        )
        if gap is not None:
            options = msgspec.structs.replace(
                options, pace=msgspec.structs.replace(options.pace, between_tickets_s=gap)
            )

        async def chosen() -> int:
            if tour:
                return await show_tour(options, show, record, data=data)
            if by_hand:
                return await open_for_hands(options, show, data=data)
            return await play(options, show, data=data, once=once, voices=voices)

        try:
            sys.exit(run_until_signal(chosen))
        except (SimulationError, ModelsError) as error:
            raise click.ClickException(str(error)) from error


def check(
    *, by_hand: bool, tour: bool, record: Path | None, once: bool, headless: bool, broker: str, voices: bool = False
) -> None:
    """Raises ``UsageError`` for options that don't go together."""
    if by_hand + tour + once > 1:
        raise click.UsageError("--by-hand, --tour and --once are three ways to play: give one")
    if voices and (by_hand or tour):
        raise click.UsageError("--voices speaks for the customers of the scripted morning: drop --by-hand or --tour")
    if tour and broker:
        raise click.UsageError("--tour takes the broker away with the hub: it needs the embedded one, drop --broker")
    if record is not None and not tour:
        raise click.UsageError("--record films the tour: give --tour, too")
    if record is not None and record.suffix.lower() not in FILMS:
        raise click.UsageError(f"--record {record}: give a name that ends in {' or '.join(FILMS)}")
    if record is None and (by_hand or tour) and (headless or not has_display()):
        why = "--headless opens no windows: drop it" if headless else "no display for windows: set DISPLAY"
        raise click.UsageError(f"{why}{', or film: --record FILE' if tour else ', or film: --tour --record FILE'}")


async def show_tour(options: Options, show: Show, record: Path | None, *, data: str) -> int:
    """The tour, on this screen or on film; of the simulated bank unless another is asked for."""
    bank = await find_bank("simbank" if data == "auto" else data, most=options.customers, seed=options.seed)
    show.begin(bank.told)
    if record is not None:
        return await record_tour(bank, show, record, folder=options.folder)
    return await play_tour(bank, show, folder=options.folder)


async def open_for_hands(options: Options, show: Show, *, data: str) -> int:
    """A branch for a person with a mouse."""
    assert options.layout is not None, "checked with the options"
    bank = await find_bank(data, most=options.customers, seed=options.seed)
    show.begin(bank.told)
    return await play_by_hand(bank, show, folder=options.folder, layout=options.layout, broker=options.broker)


async def play(options: Options, show: Show, *, data: str, once: bool, voices: bool) -> int:
    """One morning; then, without ``once``, the branch stays open until a signal."""
    bank = await find_bank(data, most=options.customers, seed=options.seed)
    async with AsyncExitStack() as stack:
        studio: Studio | None = None
        if voices:
            studio = await Studio.open(options.folder)
            stack.push_async_callback(studio.close)
        show.begin(f"{bank.told} · {studio.told}" if studio is not None else bank.told)
        morning = Morning(bank, options, show, studio)
        stack.push_async_callback(morning.close)
        summary = await morning.run()
        show.end(summary)
        if not once:
            await asyncio.Future()
    return 0 if summary.complete else 1


if __name__ == "__main__":
    main(prog_name="usher demo")
