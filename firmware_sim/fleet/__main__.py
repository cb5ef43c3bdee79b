"""``usher demo``: a branch morning with real processes."""

import asyncio
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from firmware_sim.errors import SimulationError
from firmware_sim.fleet.advisor import Pace
from firmware_sim.fleet.morning import Morning, Options
from firmware_sim.fleet.people import find_bank
from firmware_sim.fleet.show import JsonShow, Show, TerminalShow
from models.errors import ModelsError
from runtime.logs import start_logging
from runtime.supervision import run_until_signal

HEADLESS = Pace(between_tickets_s=0.45, reaction_s=0.15, line_s=0.2)
FOR_EYES = Pace(between_tickets_s=2.5, reaction_s=2.0, line_s=1.5)


@click.command(context_settings={"max_content_width": 120})
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
    "--gap", type=click.FloatRange(0.0, 60.0), help="Mean seconds between tickets.  [default: 0.45, 2.5 with windows]"
)
def main(
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
    start_logging("warning")
    show: Show = JsonShow() if as_json else TerminalShow()
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="usher-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        windows = not headless and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        options = Options(
            seed=seed,
            customers=customers,
            folder=folder,
            pace=FOR_EYES if windows else HEADLESS,
            windows=windows,
            broker=broker,
        )
        if gap is not None:
            options = msgspec.structs.replace(
                options, pace=msgspec.structs.replace(options.pace, between_tickets_s=gap)
            )
        try:
            sys.exit(run_until_signal(lambda: play(options, show, data=data, once=once)))
        except (SimulationError, ModelsError) as error:
            raise click.ClickException(str(error)) from error


async def play(options: Options, show: Show, *, data: str, once: bool) -> int:
    """One morning; then, without ``once``, the branch stays open until a signal."""
    bank = await find_bank(data, most=options.customers, seed=options.seed)
    show.begin(bank.told)
    morning = Morning(bank, options, show)
    try:
        summary = await morning.run()
        show.end(summary)
        if not once:
            await asyncio.Future()
    finally:
        await morning.close()
    return 0 if summary.complete else 1


if __name__ == "__main__":
    main()
