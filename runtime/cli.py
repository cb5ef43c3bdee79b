"""The ``usher`` command: starts each part by name, in this process, importing only that part."""

import importlib.util
import runpy
import sys
from importlib.metadata import version

import msgspec


class Command(msgspec.Struct, frozen=True):
    """A command of ``usher``: the module to run, arguments before the user's, the extra it needs, one line of help."""

    module: str
    arguments: tuple[str, ...]
    extra: str
    help: str


COMMANDS: dict[str, Command] = {
    "demo": Command(
        "firmware_sim.fleet", (), "sim", "a branch morning: broker, hub, kiosk, watches and band as processes"
    ),
    "hub": Command("hub", (), "hub", "run the back-office server, or provision it"),
    "kiosk": Command("kiosk", (), "kiosk", "run a kiosk agent: takes tickets from a script or the command line"),
    "watch": Command("device_agent", ("--kind", "watch"), "watch", "run a watch agent, with a window or without"),
    "band": Command("device_agent", ("--kind", "band"), "watch", "run a band agent, with a window or without"),
    "speech": Command("runtime.speech", (), "speech", "speech recognisers: what listens here, and models for it"),
    "talk": Command(
        "device_agent.replay", (), "watch,speech", "replay a talk from a recording or a text; evaluate on public sets"
    ),
    "bookings": Command("hub.lobby.bookings", (), "hub", "bring a branch's bookings into a running hub, from a file"),
    "models": Command("models", (), "hub", "product-ranking models: train, evaluate, sign, look after them"),
    "data": Command("models.datasets", (), "train", "fetch and verify the public data sets; write a simulated bank"),
    "bench": Command(
        "benchmarks", (), "dev", "measure against the bare limit in the same run: wrist, ui, score, talk, queue, pages"
    ),
}


def usage() -> str:
    """All commands, one line each."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(
        ["usage: usher COMMAND [ARGUMENTS] | --version", "", *lines, "", "usher COMMAND --help says more."]
    )


def _complain(what: str) -> None:
    sys.stderr.write(f"usher: {what}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; exit code 2 for a command that isn't there."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(f"{usage()}\n")
        return 0
    if words[0] in ("-V", "--version"):
        sys.stdout.write(f"usher {version('usher')}\n")
        return 0
    command = COMMANDS.get(words[0])
    if command is None:
        _complain(f"no command {words[0]!r}\n\n{usage()}")
        return 2
    if importlib.util.find_spec(command.module.partition(".")[0]) is None:
        _complain(f"{words[0]} is not in this installation: pip install 'usher[{command.extra}]'")
        return 2
    sys.argv = [f"usher {words[0]}", *command.arguments, *words[1:]]
    try:
        runpy.run_module(command.module, run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as error:
        _complain(f"{words[0]} needs {error.name}: pip install 'usher[{command.extra}]'")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
