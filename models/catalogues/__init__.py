"""The catalogues that come with Usher, as TOML beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from models.catalogue import Catalogue, parse_catalogue
from models.errors import CatalogueError

_FOLDER = Path(__file__).parent


def catalogue_names() -> tuple[str, ...]:
    """The names `load_catalogue` knows."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load_catalogue(name: str) -> Catalogue:
    """The catalogue that comes with Usher under `name`; `CatalogueError` when there is none or it is wrong."""
    if name not in catalogue_names():
        raise CatalogueError(f"no catalogue {name!r}; there are {', '.join(catalogue_names())}")
    return read_catalogue(_FOLDER / f"{name}.toml")


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue in the TOML file at `path`; `CatalogueError` when it cannot be read or is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from error
    return parse_catalogue(text, origin=path.name)
