from __future__ import annotations

import json
from pathlib import Path

import click
from click.testing import CliRunner, Result

from models.registry.commands import COMMANDS
from tests.sealed_models import publish


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(
        click.Group(commands={command.name or "": command for command in COMMANDS}), list(map(str, arguments))
    )


def test_a_key_is_made_a_model_signed_and_verified(tmp_path: Path) -> None:
    made = run("keygen", tmp_path / "bank")
    assert made.exit_code == 0, made.output
    assert (tmp_path / "bank").stat().st_mode & 0o777 == 0o600
    folder = publish(tmp_path / "model", 3).directory
    signed = run(
        "sign", folder, "--key", tmp_path / "bank", "--serial", "12", "--parent", "v1", "--parent", "v2", "--json"
    )
    assert signed.exit_code == 0, signed.output
    shown = json.loads(signed.output)
    assert (shown["version"], shown["serial"], shown["parents"]) == ("v3", 12, ["v1", "v2"])
    verified = run("verify", folder, "--trust", tmp_path / "bank.pub", "--floor", "12", "--json")
    assert json.loads(verified.output) == shown
    assert shown["key"] in run("verify", folder, "--trust", tmp_path / "bank.pub", "--only").output


def test_the_same_time_gives_the_same_signature(tmp_path: Path) -> None:
    run("keygen", tmp_path / "bank")
    folder = publish(tmp_path / "model", 3).directory
    signatures = set()
    for _ in range(2):
        signed = run("sign", folder, "--key", tmp_path / "bank", "--serial", "1", "--made-at", "2026-03-01")
        assert signed.exit_code == 0, signed.output
        signatures.add((folder / "signature.json").read_bytes())
    assert len(signatures) == 1


def test_what_is_refused_exits_1_and_says_why(tmp_path: Path) -> None:
    run("keygen", tmp_path / "bank")
    folder = publish(tmp_path / "model", 3).directory
    for arguments, what in (
        (("verify", folder, "--only"), "UntrustedKey"),
        (("verify", folder, "--trust", tmp_path / "none.pub"), "KeyFileError"),
        (("sign", folder, "--key", tmp_path / "bank.pub", "--serial", "1"), "bank.pub"),
        (("keygen", tmp_path / "bank"), "never overwritten"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, result.output
        assert what in result.output
    assert run("sign", folder, "--key", tmp_path / "bank", "--serial", "5").exit_code == 0
    (folder / "model.onnx").write_bytes(b"another")
    for arguments, what in (
        (("verify", folder, "--trust", tmp_path / "bank.pub", "--floor", "6"), "DowngradeRefused"),
        (("verify", folder, "--trust", tmp_path / "bank.pub"), "AlteredFile"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert what in result.output
