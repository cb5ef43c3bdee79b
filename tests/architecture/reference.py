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
from hub.bootstrap import Hub, version
from hub.config import HubConfig
from hub.web.openapi import openapi
from models.ranking import Ranker
from models.scorer import OnnxScorer, artefact_directory
from runtime.bus.memory import MemoryBroker
from runtime.bus.port import BusSettings, Outgoing
from runtime.cli import COMMANDS, usage
from runtime.clock import SystemClock
from runtime.ids import UuidIds

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path("docs/reference")


def pages() -> dict[str, bytes]:
    """File name → content."""
    return {
        "asyncapi.yaml": msgspec.yaml.encode(asyncapi(version())),
        "openapi.yaml": msgspec.yaml.encode(openapi(_hub().routes, version())),
        "config.md": _configuration().encode(),
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
    lines += ["| key | default | allowed |", "|---|---|---|"]
    lines += [f"| `{key}` | {default} | {allowed} |" for key, default, allowed in _keys(HubConfig, "")]
    return "\n".join(lines) + "\n"


def _keys(settings: type[msgspec.Struct], prefix: str) -> Iterator[tuple[str, str, str]]:
    info = msgspec.inspect.type_info(settings)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        default = getattr(settings(), field.name)
        if isinstance(field.type, msgspec.inspect.StructType):
            yield from _keys(field.type.cls, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", f"`{msgspec.json.encode(default).decode()}`", _allowed(field.type)


def _allowed(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    if isinstance(kind, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return f"list of {_allowed(kind.item_type)}"
    if isinstance(kind, msgspec.inspect.StructType):
        return "table of " + ", ".join(field.encode_name for field in kind.fields)
    name = type(kind).__name__.removesuffix("Type").lower()
    limits = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "pattern": "pattern"}
    said = [f"{sign} {getattr(kind, key)}" for key, sign in limits.items() if getattr(kind, key, None) is not None]
    return ", ".join([name, *said]).replace("|", "\\|")


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
