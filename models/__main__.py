"""`usher models`: one command for all that has to do with models. Each part is loaded when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import NamedTuple

import click

from models.errors import ModelsError


class Part(NamedTuple):
    """Where a command lives, what must be installed for it, and its line of help."""

    module: str
    name: str
    extra: str
    help: str


PARTS: Mapping[str, Part] = {
    "train": Part("models.training.commands", "train_command", "train", "Train a model of a data set or a bank."),
    "evaluate": Part("models.training.commands", "evaluate_command", "train", "Measure a model beside baselines."),
    "show": Part("models.training.commands", "show", "train", "Show a model's card."),
    "split": Part("models.training.commands", "split_command", "train", "Say whether a row is held out."),
    "draft": Part("models.training.spec_commands", "draft", "train", "Write a first spec for a bank's tables."),
    "check": Part("models.training.spec_commands", "check", "train", "Say what a bank's spec was understood as."),
    "customers": Part("models.training.spec_commands", "customers", "train", "Write a bank's customers for the hub."),
    "gate": Part("models.evaluation.commands", "gate", "train", "Judge a candidate on logged feedback."),
    "keygen": Part("models.registry.commands", "keygen", "hub", "Make a key that signs models."),
    "sign": Part("models.registry.commands", "sign", "hub", "Sign a model."),
    "verify": Part("models.registry.commands", "verify", "hub", "Check a model's signature and files."),
    "status": Part("models.commands.remote", "status", "hub", "Show which models a running hub uses."),
    "history": Part("models.commands.remote", "history", "hub", "Show what became of every candidate."),
    "candidate": Part("models.commands.remote", "candidate", "hub", "Make a corrected candidate now."),
    "rollback": Part("models.commands.remote", "rollback", "hub", "Go back to the model before."),
    "replay": Part("models.commands.remote", "replay", "hub", "Learn the whole log again: the hash must be the same."),
}


class _Parts(click.Group):
    """Finds commands in `PARTS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        part = PARTS.get(cmd_name)
        if part is None:
            return None
        try:
            command = getattr(importlib.import_module(part.module), part.name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] == "models":
                raise
            raise click.ClickException(f"{cmd_name} needs {error.name}: pip install 'usher[{part.extra}]'") from error
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list without loading every part."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.help) for name, part in PARTS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ModelsError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Parts)
def main() -> None:
    """Product-ranking models: describe a bank, train, evaluate, sign, and look after those in service.

    Exit codes: 0 done, 1 it could not be done, 2 usage.
    """


if __name__ == "__main__":
    main(prog_name="usher models")
