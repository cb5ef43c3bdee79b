"""``python -m device_agent.gallery``: every screen, device and language as a web page, checked by program."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import click
import msgspec

from contracts.fields import Language
from device_agent.errors import DeviceAgentError
from device_agent.gallery import page
from device_agent.gallery.rounds import Choice, differences, kept, renew, take_all
from device_agent.gallery.taking import Shot
from device_agent.settings import Shape
from runtime.ui.checks import Kind

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "gallery"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault and the picture that it is in."""

    device: Shape
    language: Language
    scene: str
    kind: Kind
    what: str
    detail: str


def findings(shots: list[Shot]) -> list[Finding]:
    """All faults of all pictures."""
    return [
        Finding(
            device=shot.device,
            language=shot.language,
            scene=shot.scene,
            kind=fault.kind,
            what=fault.what,
            detail=fault.detail,
        )
        for shot in shots
        for fault in shot.faults
    ]


def report(shots: list[Shot]) -> bytes:
    """The numbers and the findings as one JSON object."""
    found = findings(shots)
    counts = Counter(each.kind for each in found)
    numbers = {"pictures": len(shots), **{kind.value: counts[kind] for kind in Kind}}
    return msgspec.json.format(msgspec.json.encode({**numbers, "findings": found}), indent=1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help="Write nothing; say what is wrong. The exit code is 1 if anything is.")
@click.option("--json", "as_json", is_flag=True, help="With --check: one JSON object.")
@click.option("--compare", is_flag=True, help="Write nothing; say which pictures differ from those that are kept.")
@click.option(
    "--full",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Pictures at full size, or with --compare those that differ, go here.",
)
@click.option("--device", "shapes", type=click.Choice([each.value for each in Shape]), multiple=True)
@click.option("--language", "languages", type=click.Choice([each.value for each in Language]), multiple=True)
@click.option("--scene", metavar="NAME", help="One scene only.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=GALLERY, metavar="DIR", hidden=True)
def main(
    check: bool,
    as_json: bool,
    compare: bool,
    full: Path | None,
    shapes: tuple[str, ...],
    languages: tuple[str, ...],
    scene: str | None,
    out: Path,
) -> None:
    """Draw every screen of watch and band in all languages; without options renew docs/gallery."""
    choice = Choice(tuple(map(Shape, shapes)), tuple(map(Language, languages)), scene)
    if as_json and not check:
        raise click.UsageError("--json goes with --check")
    if not (choice.whole or check or compare or full):
        raise click.UsageError("a part of the pictures goes with --check, --compare or --full DIR")
    try:
        with tempfile.TemporaryDirectory(prefix="usher-gallery-") as scratch:
            keep_here = full if full is not None and not compare else None
            folder = keep_here or Path(scratch)
            shots = take_all(choice, folder)
            if not shots:
                raise click.UsageError(f"there is no scene {scene!r}")
            bad = False
            if compare:
                bad = _compare(shots, folder, out, full, whole=choice.whole)
            if check:
                bad = _check(shots, as_json=as_json) or bad
            if not (check or compare or full):
                _renew(shots, folder, out)
    except DeviceAgentError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(1 if bad else 0)


def _check(shots: list[Shot], *, as_json: bool) -> bool:
    found = findings(shots)
    if as_json:
        click.echo(report(shots))
        return bool(found)
    for each in found:
        click.echo(f"{each.device} {each.language} {each.scene}: {each.kind}: {each.what!r}: {each.detail}")
    click.echo(f"{len(shots)} pictures, {len(found)} faults")
    return bool(found)


def _compare(shots: list[Shot], folder: Path, gallery: Path, full: Path | None, *, whole: bool) -> bool:
    out = full or Path(tempfile.mkdtemp(prefix="usher-gallery-differs-"))
    found = differences(shots, folder, gallery, out, whole=whole)
    for each in found:
        click.echo(f"{each.picture}: {each.why}; see {each.fresh}")
    click.echo(f"{len(shots)} pictures, {len(found)} differ; where that is meant: scripts/gallery renews them")
    if not found and full is None:
        out.rmdir()
    return bool(found)


def _renew(shots: list[Shot], folder: Path, gallery: Path) -> None:
    written, removed = renew(shots, folder, gallery)
    page.write(shots, gallery)
    size = sum(path.stat().st_size for path in (gallery / "index.html", *kept(gallery)))
    click.echo(f"{len(shots)} pictures, {written} written, {removed} removed, {size / 1e6:.2f} MB in {gallery}")
    if faulty := findings(shots):
        click.echo(f"{len(faulty)} faults: see scripts/gallery --check")


if __name__ == "__main__":
    main()
