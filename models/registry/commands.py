"""Commands of ``usher models`` for keys and signatures: ``keygen``, ``sign``, ``verify``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from models.errors import ModelsError
from models.registry.artefact import Sealed, open_sealed, seal
from models.registry.keys import PublicKey, SigningKey, Trust

FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed model as the commands show it."""

    version: str
    serial: int
    key: str
    made_at: str
    parents: tuple[str, ...]
    feature_hash: str
    rolls_back_to: str | None
    files: dict[str, str]


@click.command("keygen")
@click.argument("path", type=FILE)
def keygen(path: Path) -> None:
    """Make a signing key: PATH for its owner only, PATH.pub for whoever is to trust it."""
    try:
        key = SigningKey.generate()
        key.save(path)
        key.save_public(path.with_name(f"{path.name}.pub"))
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"key {key.public.id}: {path} (private, keep it), {path}.pub")


@click.command("sign")
@click.argument("directory", type=FOLDER)
@click.option("--key", "key_path", type=FILE, required=True, help="The private key, of `keygen`.")
@click.option("--serial", type=click.IntRange(min=1), required=True, help="Higher than any that devices were given.")
@click.option("--parent", "parents", multiple=True, metavar="VERSION", help="A version that it was made of; repeat it.")
@click.option("--rolls-back-to", metavar="VERSION", help="The version whose content comes back.")
@click.option(
    "--made-at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="UTC.  [default: now]", metavar="TIME"
)
@json_option
def sign(
    directory: Path,
    key_path: Path,
    serial: int,
    parents: tuple[str, ...],
    rolls_back_to: str | None,
    made_at: datetime | None,
    as_json: bool,
) -> None:
    """Sign the artefact in DIRECTORY: writes its signature.json."""
    at = made_at.replace(tzinfo=UTC) if made_at else datetime.now(UTC)
    try:
        key = SigningKey.load(key_path)
        sealed = seal(directory, key, serial=serial, made_at=at, parents=parents, rolls_back_to=rolls_back_to)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    _show(sealed, as_json)


@click.command("verify")
@click.argument("directory", type=FOLDER)
@click.option("--trust", "keys", type=FILE, multiple=True, help="A public key beside those that come with Usher.")
@click.option("--only", is_flag=True, help="Trust only the keys of --trust.")
@click.option("--floor", type=click.IntRange(min=1), help="Refuse a serial below this.")
@json_option
def verify(directory: Path, keys: tuple[Path, ...], only: bool, floor: int | None, as_json: bool) -> None:
    """Check every byte of the artefact in DIRECTORY against its signature; exit code 1 when it is refused."""
    try:
        trust = Trust(map(PublicKey.load, keys)) if only else Trust.load(keys)
        sealed = open_sealed(directory, trust, floor_serial=floor)
    except ModelsError as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from error
    _show(sealed, as_json)


COMMANDS: tuple[click.Command, ...] = (keygen, sign, verify)


def _show(sealed: Sealed, as_json: bool) -> None:
    manifest = sealed.manifest
    shown = Shown(
        version=manifest.version,
        serial=manifest.serial,
        key=sealed.key_id,
        made_at=manifest.made_at,
        parents=manifest.parents,
        feature_hash=manifest.feature_hash,
        rolls_back_to=manifest.rolls_back_to,
        files={entry.name: entry.sha256 for entry in manifest.files},
    )
    if as_json:
        click.echo(msgspec.json.encode(shown))
        return
    click.echo(f"{shown.version}, serial {shown.serial}, signed by {shown.key} at {shown.made_at}")
    for name, digest in shown.files.items():
        click.echo(f"  {digest}  {name}")
