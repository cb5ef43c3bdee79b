"""python-escpos, brought in without what its import does to a process; and the part of it that is used here.

Importing ``escpos.capabilities`` (3.1) sets up logging and leaves a folder in the temporary directory at every start.
The library has no types: the protocols below say what is relied on.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from PIL import Image

from runtime.errors import ConfigError


class Profile(Protocol):
    """What python-escpos knows of a make of printer."""

    profile_data: Mapping[str, object]

    def supports(self, feature: str) -> bool | None: ...

    def get_columns(self, font: str) -> int: ...


class Device(Protocol):
    """``escpos.escpos.Escpos``."""

    profile: Profile

    def hw(self, hw: str) -> None: ...

    def image(self, img_source: Image.Image, *, impl: str) -> None: ...

    def cut(self, mode: str) -> None: ...

    def qr(self, content: str, *, ec: int, size: int, native: bool) -> None: ...

    def set(
        self,
        *,
        align: str | None = None,
        bold: bool | None = None,
        custom_size: bool | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> None: ...

    def text(self, txt: str) -> None: ...

    def open(self) -> None: ...

    def close(self) -> None: ...

    def _raw(self, msg: bytes) -> None: ...

    def _read(self) -> bytes: ...


class Keeps(Device, Protocol):
    """``escpos.printer.Dummy``."""

    @property
    def output(self) -> bytes: ...


class Makes(Protocol):
    """A class of ``escpos.printer``."""

    def __call__(self, *args: object, **kwargs: object) -> Device: ...


@dataclass(frozen=True)
class Library:
    """The classes of python-escpos; ``failures`` are what its calls raise when a printer isn't there or goes away."""

    network: Makes
    usb: Makes
    file: Makes
    dummy: Makes
    profiles: Mapping[str, Mapping[str, object]]
    failures: tuple[type[BaseException], ...]


@cache
def library() -> Library:
    """Import it once; takes some 0.4 s. Raises ``ConfigError`` where it isn't installed."""
    root = logging.getLogger()
    held = logging.NullHandler()
    root.addHandler(held)  # with a handler there, basicConfig does nothing
    try:
        capabilities = import_module("escpos.capabilities")
        printer = import_module("escpos.printer")
        exceptions = import_module("escpos.exceptions")
    except ImportError as error:
        raise ConfigError(f"a printer needs python-escpos ({error}); install usher[kiosk]") from error
    finally:
        root.removeHandler(held)
    _tidy(Path(capabilities.pickle_path))
    failures: list[type[BaseException]] = [exceptions.Error, OSError, RuntimeError, ValueError]
    return Library(
        network=cast(Makes, printer.Network),
        usb=cast(Makes, printer.Usb),
        file=cast(Makes, printer.File),
        dummy=cast(Makes, printer.Dummy),
        profiles=cast(Mapping[str, Mapping[str, object]], capabilities.CAPABILITIES["profiles"]),
        failures=tuple(failures),
    )


def _tidy(pickled: Path) -> None:
    try:
        pickled.unlink(missing_ok=True)
        pickled.parent.rmdir()  # refuses unless empty
    except OSError as error:
        logging.getLogger(__name__).debug("escpos_folder_left folder=%s why=%r", pickled.parent, str(error))
