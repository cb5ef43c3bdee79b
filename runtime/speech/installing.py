"""Installs Vosk models: fetched over https and checked against a pinned hash, or from a folder or an archive (W-10)."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import msgspec

from runtime.speech.errors import DownloadFailed, ModelRefused
from runtime.speech.models import (
    KNOWN,
    MANIFEST,
    InstalledModel,
    ModelManifest,
    find_vosk,
    model_problem,
    vosk_folder,
)

MOST_FILES = 10_000
MOST_BYTES = 4 << 30
TIMEOUT_S = 30.0
_BLOCK = 1 << 18

Progress = Callable[[int, int], None]
"""Bytes so far and of the whole; 0 of the whole where it isn't known."""


def install_known(language: str, folder: Path | None = None, progress: Progress | None = None) -> InstalledModel:
    """The published small model for a language; raises ``ModelRefused`` for a language without one."""
    known = KNOWN.get(language)
    if known is None:
        raise ModelRefused(
            f"no published model for {language!r} is pinned here, only for {', '.join(KNOWN)}; "
            "give --url and --sha256, or --from a folder"
        )
    return install_url(language, known.url, known.sha256, folder, progress)


def install_url(
    language: str, url: str, sha256: str, folder: Path | None = None, progress: Progress | None = None
) -> InstalledModel:
    """An archive from an address; raises ``DownloadFailed``, or ``ModelRefused`` where its hash is another one."""
    place = vosk_folder(language, folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f"{language}.", suffix=".zip")
    archive = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            found = _fetch(url, out.write, progress)
        if found != sha256.lower():
            raise ModelRefused(f"{url}: sha256 {found}, expected {sha256.lower()}; nothing was installed")
        return _install_archive(
            language, archive, place, ModelManifest(language=language, name=_stem(url), source=url, sha256=found)
        )
    finally:
        archive.unlink(missing_ok=True)


def install_from(language: str, source: Path, folder: Path | None = None) -> InstalledModel:
    """A folder with a Vosk model, or an archive of one, as it is: who names it answers for it."""
    place = vosk_folder(language, folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        with source.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return _install_archive(language, source, place, _manifest(language, source, digest))
    problem = model_problem(source)
    if problem:
        raise ModelRefused(f"{source} is no Vosk model: {problem}; nothing was installed")
    fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{language}."))
    try:
        shutil.copytree(source, fresh / "model")
        return _settle(fresh / "model", place, _manifest(language, source, None))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fetch(url: str, write: Callable[[bytes], int], progress: Progress | None) -> str:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise DownloadFailed(f"{url}: only https addresses are fetched")
    digest = hashlib.sha256()
    done = 0
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            whole = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(_BLOCK):
                done += len(block)
                if done > MOST_BYTES:
                    raise DownloadFailed(f"{url}: more than {MOST_BYTES} bytes; nothing was installed")
                digest.update(block)
                write(block)
                if progress is not None:
                    progress(done, whole)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise DownloadFailed(
            f"{url}: {error}; check the connection, or fetch it elsewhere and install it with --from FILE.zip"
        ) from error
    if whole and done != whole:
        raise DownloadFailed(f"{url}: ended after {done} of {whole} bytes; try again")
    return digest.hexdigest()


def _install_archive(language: str, archive: Path, place: Path, manifest: ModelManifest) -> InstalledModel:
    fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{language}."))
    try:
        unzip(archive, fresh)
        inside = [path for path in (fresh, *sorted(fresh.iterdir())) if not model_problem(path)]
        if not inside:
            why = next((model_problem(path) for path in sorted(fresh.iterdir()) if path.is_dir()), "it is empty")
            raise ModelRefused(f"{manifest.source} holds no Vosk model: {why}; nothing was installed")
        if inside[0] == fresh:
            (fresh / "model").mkdir()
            for path in list(fresh.iterdir()):
                if path.name != "model":
                    path.rename(fresh / "model" / path.name)
            inside[0] = fresh / "model"
        return _settle(inside[0], place, manifest)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _settle(made: Path, place: Path, manifest: ModelManifest) -> InstalledModel:
    """Put a whole model in its place; the one before goes only then."""
    (made / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    old = made.parent / "old"
    if place.exists():
        place.rename(old)
    try:
        made.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    found = find_vosk(manifest.language, place.parent.parent)
    if found is None:
        raise ModelRefused(f"{place}: is no whole model after installing it; is the disk full?")
    return found


def unzip(archive: Path, target: Path) -> None:
    """Plain files into ``target`` and nowhere else; raises ``ModelRefused`` for anything else."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise ModelRefused(f"{archive.name}: {len(entries)} files; too many or too large for a model")
            for entry in entries:
                path = _inside(archive, entry, target)
                if entry.is_dir():
                    path.mkdir(parents=True, exist_ok=True)
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as packed, path.open("xb") as out:
                    shutil.copyfileobj(packed, out, _BLOCK)
    except (zipfile.BadZipFile, EOFError, FileExistsError, NotImplementedError, RuntimeError) as error:
        raise ModelRefused(f"{archive.name}: is no sound zip archive: {error}; nothing was installed") from error


def _inside(archive: Path, entry: zipfile.ZipInfo, target: Path) -> Path:
    name = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    strange = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
    if strange or name.is_absolute() or ".." in name.parts or "\\" in entry.filename or ":" in entry.filename:
        raise ModelRefused(f"{archive.name}: the entry {entry.filename!r} is no plain file inside it; not unpacked")
    return target.joinpath(*name.parts)


def _stem(url: str) -> str:
    return PurePosixPath(urllib.parse.urlsplit(url).path).stem or "model"


def _manifest(language: str, source: Path, sha256: str | None) -> ModelManifest:
    return ModelManifest(
        language=language, name=source.stem if sha256 else source.name, source=str(source), sha256=sha256
    )
