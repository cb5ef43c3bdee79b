"""``usher bookings``: bring bookings into a running hub, from a file."""

import csv
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from hub.kernel import Branch
from hub.lobby.bookings.api import ManyBookings
from hub.lobby.bookings.reading import BookingFileError, BookingReader, Read
from hub.lobby.bookings.service import TakenIn
from models.commands.remote import HubClient, hub_option, token_option
from runtime.config import read_utf8
from runtime.errors import ConfigError
from runtime.identity import IdentityKey


@click.group()
def main() -> None:
    """Bookings of a branch."""


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--branch", required=True, help="Name of the branch.")
@hub_option
@token_option
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="The bank's key, as the kiosks have it.")
@click.option("--bank", default="", help="The bank's name, as in the kiosks' [identity].")
@click.option("--region", default="KR", show_default=True, help="Of phone numbers without a country code.")
@click.option("--codes", type=click.Path(dir_okay=False, path_type=Path), help="Write the text of each QR code here.")
@click.option("--whole-days", is_flag=True, help="Cancel the bookings of these days that aren't in the file.")
@click.option(
    "--day",
    "days",
    type=click.DateTime(["%Y-%m-%d"]),
    multiple=True,
    help="Cancel what isn't in the file of this day too; may be given several times.",
)
def take_in(
    file: Path,
    branch: str,
    hub: str,
    token: str,
    key: Path | None,
    bank: str,
    region: str,
    codes: Path | None,
    whole_days: bool,
    days: tuple[datetime, ...],
) -> None:
    """Take the bookings of FILE (.csv or .ics) in: all of them, or none.

    Phone numbers are turned into references here: the hub never sees one. Exit code 1: something is wrong with the
    file, and nothing was taken in.
    """
    try:
        text = read_utf8(file, ".csv or .ics file")
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    client = HubClient(hub, token)
    known = {one.name: one for one in msgspec.json.decode(client.call("GET", "/v1/branches"), type=list[Branch])}
    if branch not in known:
        raise click.ClickException(f"the hub has no branch {branch!r}: use one of {', '.join(sorted(known))}")
    try:
        reader = BookingReader(branch, ZoneInfo(known[branch].time_zone), key=_opened(key, bank), region=region.upper())
        found, void = _read(reader, text, calendar=file.suffix.lower() == ".ics")
    except (BookingFileError, ConfigError, OSError) as error:
        raise click.ClickException("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from error
    given = ManyBookings(
        bookings=tuple(one.booking for one in found),
        whole_days=whole_days,
        days=tuple(sorted({day.date() for day in days} | (void if whole_days else frozenset()))),
    )
    with _codes_in(codes, found):
        try:
            answer = client.call("POST", f"/v1/branches/{branch}/bookings", given)
        except click.ClickException as error:
            raise click.ClickException("\n".join(_located(error.message, file, found))) from error
    taken = msgspec.json.decode(answer, type=TakenIn)
    click.echo(
        f"{taken.new} new, {taken.changed} changed, {taken.unchanged} unchanged, {taken.cancelled} cancelled or moved"
    )


def _read(reader: BookingReader, text: str, *, calendar: bool) -> tuple[Sequence[Read], frozenset[date]]:
    """The bookings, and the days of those that the file says are cancelled."""
    return (reader.ics(text), reader.cancelled_days(text)) if calendar else (reader.csv(text), frozenset())


def _located(refusal: str, file: Path, found: Sequence[Read]) -> Iterator[str]:
    """What the hub said of each booking by its place among them, by its line of the file."""
    for said in refusal.splitlines():
        at, between, fault = said.partition(": ")
        known = bool(between) and at.isdecimal() and int(at) < len(found)
        yield f"{file}: {found[int(at)].where}: {fault}" if known else said


def _opened(key: Path | None, bank: str) -> IdentityKey | None:
    if key is None:
        return None
    if not bank:
        raise ConfigError("--bank: with a key, give the bank's name as it stands in the kiosks' [identity]")
    if not key.exists():  # a new one would make references that no kiosk knows
        raise ConfigError(f"--key {key}: isn't there; copy the key file of a kiosk of this bank")
    return IdentityKey.open(key, bank)


@contextmanager
def _codes_in(path: Path | None, found: Sequence[Read]) -> Iterator[None]:
    """Put the codes in place once the block has succeeded, whole, or leave what was there.

    Whoever has a code may check in: the file is for its owner only, whoever could read an earlier one.
    """
    if path is None:
        yield
        return
    place = path.resolve()
    if place.exists() and not place.is_file():
        raise click.ClickException(f"--codes {path}: is no ordinary file: name one that may be replaced")
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)  # readable by its owner only
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with _telling(path), os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("reference", "code"))
            rows.writerows((one.booking.reference, one.code) for one in found)
        yield
        with _telling(path):
            Path(beside).replace(place)
    finally:
        Path(beside).unlink(missing_ok=True)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> click.ClickException:
    return click.ClickException(f"--codes {path}: can't be written: {error.strerror}")


if __name__ == "__main__":
    main(prog_name="usher bookings")
