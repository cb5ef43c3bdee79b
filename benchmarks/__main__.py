"""``usher bench``: what it costs, against the bare limit, in one run. A part is imported only when it is asked for."""

import sys

import click

_PASSED_ON = {"ignore_unknown_options": True, "help_option_names": []}


@click.group()
def main() -> None:
    """Measure against the bare limit in the same run."""


@main.command(context_settings=_PASSED_ON, short_help="Tickets a second through one hub, and how late the wrists are.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def wrist(arguments: tuple[str, ...]) -> None:
    """Tickets a second through one hub, and how late the wrists are alerted, beside a relay that only republishes."""
    from benchmarks.wrist import main as run

    run(list(arguments), prog_name="usher bench wrist")


@main.command(context_settings=_PASSED_ON, short_help="Simulated branches with faults; counts violated invariants.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sim(arguments: tuple[str, ...]) -> None:
    """Simulated branches in virtual time with faults; counts violated invariants."""
    from benchmarks.sim import main as run

    run(list(arguments), prog_name="usher bench sim")


@main.command(context_settings=_PASSED_ON, short_help="What an MQTT client library costs the hub.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def clients(arguments: tuple[str, ...]) -> None:
    """What an MQTT client library costs the hub."""
    from benchmarks.mqtt_clients import main as run

    sys.exit(run(list(arguments)))


@main.command(context_settings=_PASSED_ON, short_help="What learning from feedback is worth: real calls, and regret.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def learn(arguments: tuple[str, ...]) -> None:
    """What learning from feedback is worth: real calls in the order of time, and regret in the simulator."""
    from benchmarks.learn import main as run

    run(list(arguments), prog_name="usher bench learn")


@main.command(context_settings=_PASSED_ON, short_help="What scoring a customer costs beside the bare model.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def score(arguments: tuple[str, ...]) -> None:
    """What scoring a customer costs, beside the bare run of the model file."""
    from benchmarks.score import main as run

    run(list(arguments), prog_name="usher bench score")


@main.command(context_settings=_PASSED_ON, short_help="Whether the waiting estimate holds what it states; the engine.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def queue(arguments: tuple[str, ...]) -> None:
    """Whether the waiting estimate holds what it states, beside what queue systems show; the queue engine's speed."""
    from benchmarks.queue import main as run

    run(list(arguments), prog_name="usher bench queue")


@main.command(context_settings=_PASSED_ON, short_help="How soon a lent band vibrates when its customer is called.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bands(arguments: tuple[str, ...]) -> None:
    """From the press of Call to the vibration of a lent band, beside a bare MQTT message."""
    from benchmarks.bands import main as run

    run(list(arguments), prog_name="usher bench bands")


@main.command(context_settings=_PASSED_ON, short_help="How soon a kiosk prints a ticket, and what it grows by.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def kiosk(arguments: tuple[str, ...]) -> None:
    """From knowing who it is to the printer's bytes, beside a bare commit; memory over many tickets."""
    from benchmarks.kiosk import main as run

    run(list(arguments), prog_name="usher bench kiosk")


@main.command(context_settings=_PASSED_ON, short_help="From a touch of the kiosk to the drawn page, beside a bare one.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def touch(arguments: tuple[str, ...]) -> None:
    """From a touch of the kiosk's screen to the frame that shows what it led to, beside a bare page."""
    from benchmarks.ui.touch import main as run

    run(list(arguments), prog_name="usher bench touch")


@main.command(context_settings=_PASSED_ON, short_help="How soon a counter's page shows its call, beside a bare stream.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def pages(arguments: tuple[str, ...]) -> None:
    """How soon a counter's page shows its call, with televisions and phones watching, beside a bare stream."""
    from benchmarks.queue_pages import main as run

    run(list(arguments), prog_name="usher bench pages")


@main.command(context_settings=_PASSED_ON, short_help="How soon and how rightly a talk is heard, beside bare engines.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def talk(arguments: tuple[str, ...]) -> None:
    """How soon after the end of speech its text is there, what it costs beside bare Vosk, pauses, errors, intents."""
    from benchmarks.talk.bench import main as run

    run(list(arguments), prog_name="usher bench talk")


@main.command(context_settings=_PASSED_ON, short_help="What the watch's window costs beside a bare label.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def ui(arguments: tuple[str, ...]) -> None:
    """What the watch's window costs: alerts, idle CPU, memory, scrolling, a whole day; beside a bare label."""
    from benchmarks.ui.bench import main as run

    run(list(arguments), prog_name="usher bench ui")


if __name__ == "__main__":
    main(prog_name="usher bench")
