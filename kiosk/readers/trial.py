"""Try readers without a kiosk: ``python -m kiosk.readers.trial`` tells what they read, masked, until Ctrl-C."""

import asyncio
import itertools
import secrets
from functools import partial
from pathlib import Path

import click
from msgspec import Struct

from kiosk.readers.opening import open_identifier, open_reader
from kiosk.readers.ports import Health, Read, Reader, Reading
from kiosk.readers.settings import IdentitySettings, ReaderSettings, WedgeSettings
from runtime.clock import SystemClock
from runtime.config import load_config
from runtime.errors import UsherRuntimeError
from runtime.identity import KEY_BYTES, IdentityKey


class ReaderFile(Struct, frozen=True, kw_only=True):
    """A kiosk's settings, or a file of its own: all but the tables ``identity`` and ``readers`` is skipped."""

    identity: IdentitySettings
    readers: tuple[ReaderSettings, ...]


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seconds", type=click.FloatRange(min=0.0), help="Stop after so long.")
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many cards and codes.")
def main(config: Path, seconds: float | None, count: int | None) -> None:
    """Tell what the readers in CONFIG, a TOML file with [identity] and [[readers]], read.

    A keyboard wedge is heard by the kiosk's window alone: type what it sends into a text editor instead.
    """
    try:
        found = load_config(config, ReaderFile)
        clock = SystemClock()
        identifier = open_identifier(found.identity, clock, key=_passing_key(found.identity))
        readers = [open_reader(one, identifier, clock) for one in found.readers if not isinstance(one, WedgeSettings)]
        if len(readers) < len(found.readers):
            click.echo("wedge: heard by the kiosk's window alone, not tried here", err=True)
        if readers:
            asyncio.run(_hear(readers, seconds, count))
    except UsherRuntimeError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        pass


def _passing_key(settings: IdentitySettings) -> IdentityKey | None:
    """A key in memory alone where the kiosk has drawn none yet: a trial as root would draw one that the kiosk's user
    can't read."""
    try:
        Path(settings.key).lstat()
    except FileNotFoundError:
        pass
    except OSError:  # opening it says what is wrong
        return None
    else:
        return None
    click.echo(
        f"key = {settings.key}: isn't there yet, the kiosk draws it at its first start: references are of this trial"
        " only, and every booking's code is taken for forged",
        err=True,
    )
    return IdentityKey(secrets.token_bytes(KEY_BYTES), settings.bank)


async def _hear(readers: list[Reader], seconds: float | None, count: int | None) -> None:
    enough = asyncio.Event()
    heard = itertools.count(1)

    def tell(name: str, reading: Reading) -> None:
        click.echo(f"{name}: {told(reading)}")
        if not isinstance(reading, Health) and next(heard) == count:
            enough.set()

    for reader in readers:
        reader.start(partial(tell, reader.name))
    try:
        await asyncio.wait_for(enough.wait(), seconds)
    except TimeoutError:
        pass
    finally:
        for reader in readers:
            await reader.stop()


def told(reading: Reading) -> str:
    """A reading in a line, with nothing that would tell who it is."""
    match reading:
        case Read(means=means, ref=ref, masked=masked, checked=checked):
            whole = "confirmed by its check" if checked else "nothing to check it by"
            return f"read {means} {masked}, {whole}, reference ends in {ref[-4:]}"
        case Health(state=state, why=why, do=do):
            return ": ".join(part for part in (state.value, why, do) if part)
        case unread:
            return f"not read: {unread.why.value} {unread.means}".rstrip()


if __name__ == "__main__":
    main()
