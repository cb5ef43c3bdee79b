"""``python -m kiosk.gallery``: every screen of the kiosk as a web page, checked by program."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from contracts.fields import Language
from kiosk.errors import KioskError
from kiosk.gallery import page
from kiosk.gallery.keeping import differences, renew, take_all
from kiosk.gallery.taking import Look, Screen, Shot, Turn
from runtime.errors import UsherRuntimeError
from runtime.ui.checks import Kind

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "gallery" / "kiosk"


def findings(shots: Sequence[Shot]) -> list[str]:
    """All faults of all pictures, one a line."""
    return [f"{shot.place('')}: {each.kind}: {each.what!r}: {each.detail}" for shot in shots for each in shot.faults]


def report(shots: Sequence[Shot]) -> bytes:
    """The numbers and the findings as one JSON object."""
    counts = Counter(fault.kind for shot in shots for fault in shot.faults)
    numbers = {"pictures": len(shots), **{kind.value: counts[kind] for kind in Kind}}
    return msgspec.json.format(msgspec.json.encode({**numbers, "findings": findings(shots)}), indent=1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help="Write nothing; say what is wrong. The exit code is 1 if anything is.")
@click.option("--json", "as_json", is_flag=True, help="With --check: one JSON object.")
@click.option("--compare", is_flag=True, help="Write nothing; say which pictures differ from those that are kept.")
@click.option(
    "--full", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Full-size pictures go here."
)
@click.option("--screen", "screens", type=click.Choice([each.value for each in Screen]), multiple=True)
@click.option("--language", "languages", type=click.Choice([each.value for each in Language]), multiple=True)
@click.option("--look", "looks", type=click.Choice([each.value for each in Look]), multiple=True)
def main(
    check: bool,
    as_json: bool,
    compare: bool,
    full: Path | None,
    screens: tuple[str, ...],
    languages: tuple[str, ...],
    looks: tuple[str, ...],
) -> None:
    """Draw every screen of the kiosk; without options renew docs/gallery/kiosk."""
    if as_json and not check:
        raise click.UsageError("--json goes with --check")
    if (screens or languages or looks) and not (check or compare or full):
        raise click.UsageError("a part of the pictures goes with --check, --compare or --full DIR")
    try:
        with tempfile.TemporaryDirectory(prefix="usher-kiosk-gallery-") as scratch:
            folder = full or Path(scratch)
            turns = [
                Turn(language, look)
                for language in map(Language, languages or tuple(Language))
                for look in map(Look, looks or tuple(Look))
            ]
            shots = take_all(dict.fromkeys(map(Screen, screens or tuple(Screen)), turns), folder)
            found = findings(shots)
            bad = False
            if compare:
                apart = differences(shots, folder, GALLERY, Path(tempfile.mkdtemp(prefix="usher-kiosk-differs-")))
                for each in apart:
                    click.echo(f"{each.picture}: {each.why}; see {each.fresh}")
                click.echo(f"{len(shots)} pictures, {len(apart)} differ")
                bad = bool(apart)
            if check:
                click.echo(
                    report(shots) if as_json else "\n".join([*found, f"{len(shots)} pictures, {len(found)} faults"])
                )
                bad = bad or bool(found)
            if not (check or compare or full):
                _renew(shots, folder)
    except (KioskError, UsherRuntimeError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(1 if bad else 0)


def _renew(shots: Sequence[Shot], folder: Path) -> None:
    written, removed = renew(shots, folder, GALLERY)
    page.write(shots, GALLERY)
    size = sum(path.stat().st_size for path in GALLERY.rglob("*") if path.is_file())
    click.echo(f"{len(shots)} pictures, {written} written, {removed} removed, {size / 1e6:.2f} MB in {GALLERY}")
    if faulty := findings(shots):
        click.echo(f"{len(faulty)} faults: see python -m kiosk.gallery --check")


if __name__ == "__main__":
    main()
