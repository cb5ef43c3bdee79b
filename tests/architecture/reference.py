"""The reference in docs/reference, generated from code: AsyncAPI, OpenAPI, the configuration's keys, the commands.

`python -m tests.architecture.reference --write` writes the pages, `--check` exits 1 naming those that differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import msgspec

from contracts.asyncapi import asyncapi
from device_agent.settings import FileSettings
from hub.bootstrap import Hub, version
from hub.config import HubConfig
from hub.web.openapi import openapi
from kiosk.settings import KioskSettings
from models.ranking import Ranker
from models.scorer import OnnxScorer, artefact_directory
from runtime.bus.memory import MemoryBroker
from runtime.bus.port import BusSettings, Outgoing
from runtime.cli import COMMANDS, usage
from runtime.clock import SystemClock
from runtime.ids import UuidIds
from tests.architecture.settings_pages import allowed, settings_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path("docs/reference")

KIOSK = (
    "`usher kiosk --config FILE`; TOML, a key that isn't below is refused. What the command line says comes before the"
    " file, which still needs the first four keys. The hardware is explained in"
    " [kiosk-hardware.md](../guide/kiosk-hardware.md)."
)
WEARABLE = (
    "`usher watch --config FILE`, `usher band --config FILE`; TOML, a key that isn't below is refused. What the command"
    " line says comes before the file. Alerts and speech are explained in [branch-it.md](../guide/branch-it.md) and"
    " [speech.md](../guide/speech.md)."
)


def pages() -> dict[str, bytes]:
    """File name → content."""
    return {
        "asyncapi.yaml": msgspec.yaml.encode(asyncapi(version())),
        "openapi.yaml": msgspec.yaml.encode(openapi(_hub().routes, version())),
        "config.md": _configuration().encode(),
        "kiosk-config.md": settings_page("The kiosk's configuration", KIOSK, KioskSettings).encode(),
        "wearable-config.md": settings_page("The wearables' configuration", WEARABLE, FileSettings).encode(),
        "cli.md": _commands().encode(),
    }


def _hub() -> Hub:
    from hub.storage import open_storage

    async def nowhere(_work: object) -> list[Outgoing]:
        raise RuntimeError("the reference serves nothing")

    scorer = OnnxScorer.load(artefact_directory("simbank"))
    bus = MemoryBroker().bus(BusSettings(url="mqtt://nowhere", client_id="reference", subscriptions=()))
    return Hub(
        config=HubConfig(),
        storage=open_storage("sqlite://", migrate=False),
        bus=bus,
        analyst=Ranker(scorer),
        catalogue=scorer.catalogue,
        model_version=scorer.version,
        clock=SystemClock(),
        ids=UuidIds(),
        blocking=nowhere,
    )


def _configuration() -> str:
    lines = ["# The hub's configuration", "", "`usher hub --config FILE`; TOML, every key has a default.", ""]
    lines += [
        "A dot is a table: `lobby.default_rules` is `default_rules` below `[lobby]`. `[lobby.rules]` names the file of"
    ]
    lines += ['queue rules of each branch, such as `main-street = "rules.toml"` ([the queue](../guide/queue.md)).', ""]
    lines += ["| key | default | allowed |", "|---|---|---|"]
    lines += [f"| `{key}` | {default} | {may} |" for key, default, may in _keys(HubConfig, "")]
    return "\n".join(lines) + "\n"


def _keys(settings: type[msgspec.Struct], prefix: str) -> Iterator[tuple[str, str, str]]:
    info = msgspec.inspect.type_info(settings)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        default = getattr(settings(), field.name)
        if isinstance(field.type, msgspec.inspect.StructType):
            yield from _keys(field.type.cls, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", f"`{msgspec.json.encode(default).decode()}`", allowed(field.type)


def _commands() -> str:
    lines = ["# The commands", "", "```", usage(), "```"]
    for name, command in COMMANDS.items():
        module = import_module(f"{command.module}.__main__" if _is_package(command.module) else command.module)
        main = getattr(module, "main", None)
        if isinstance(main, click.Command):
            with click.Context(main, info_name=f"usher {name}", max_content_width=100, terminal_width=100) as context:
                lines += ["", f"## usher {name}", "", "```", main.get_help(context), "```"]
                if isinstance(main, click.Group):
                    for sub in main.list_commands(context):
                        one = main.get_command(context, sub)
                        assert one is not None
                        with click.Context(one, info_name=f"usher {name} {sub}", terminal_width=100) as inner:
                            lines += ["", f"### usher {name} {sub}", "", "```", one.get_help(inner), "```"]
    return "\n".join(lines) + "\n"


def _is_package(module: str) -> bool:
    return (ROOT / module.replace(".", "/")).is_dir()


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true")
    choice.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    stale = []
    for name, content in pages().items():
        path = ROOT / PAGES / name
        if wanted.write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            stale.append(str(PAGES / name))
    if stale:
        told = "not what the code says; run python -m tests.architecture.reference --write"
        sys.stderr.write(f"{', '.join(stale)}: {told}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
