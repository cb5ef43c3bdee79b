"""The wire to a printer: opened for each job, with a time limit on everything where the system allows one."""

import errno
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from kiosk.printers.library import Device, Keeps, library
from kiosk.printers.settings import DummyPrinter, FilePrinter, NetworkPrinter, PrinterSettings, UsbPrinter

SEND_BUFFER = 8192


class WireLost(Exception):
    """The printer isn't there, or has gone away."""


class Wire(Protocol):
    """Bytes there and back. All calls block; all raise ``WireLost``."""

    def open(self) -> None: ...

    def send(self, content: bytes, within_s: float) -> None: ...

    def receive(self, within_s: float) -> bytes:
        """What has come, or nothing when nothing came in time."""
        ...

    def close(self, *, drop: bool) -> None:
        """Close; with ``drop``, what the system hasn't sent yet is not sent any more. Never raises."""
        ...

    def probe(self) -> None:
        """Find out whether the printer is there, without sending it anything."""
        ...


class LibraryWire:
    """By a device of python-escpos."""

    def __init__(self, make: Callable[[], Device]) -> None:
        self._make = make
        self._device: Device | None = None

    def open(self) -> None:
        try:
            self._device = self._make()
            self._device.open()
        except library().failures as error:
            self._device = None
            raise WireLost(str(error).replace("\n", " ")) from error

    def send(self, content: bytes, within_s: float) -> None:
        self._limit(within_s)
        try:
            self._opened()._raw(content)
        except library().failures as error:
            raise WireLost(str(error)) from error

    def receive(self, within_s: float) -> bytes:
        self._limit(within_s)
        try:
            return self._received(bytes(self._read(self._opened(), within_s)))
        except library().failures as error:
            # pyusb's own class for a time-out is no TimeoutError.
            if isinstance(error, TimeoutError) or getattr(error, "errno", None) == errno.ETIMEDOUT:
                return b""
            raise WireLost(str(error)) from error

    def close(self, *, drop: bool) -> None:
        device, self._device = self._device, None
        if device is not None:
            try:
                if drop:
                    self._drop(device)
                device.close()
            except library().failures:
                pass  # it is gone, as wanted

    def probe(self) -> None:
        self.open()
        self.close(drop=False)

    def _opened(self) -> Device:
        if self._device is None:
            raise WireLost("not open")
        return self._device

    def _limit(self, within_s: float) -> None:
        """Where the device has one."""

    def _read(self, device: Device, within_s: float) -> bytes:
        return device._read()

    def _received(self, found: bytes) -> bytes:
        return found

    def _drop(self, device: Device) -> None:
        """Where the system keeps anything back."""


class NetworkWire(LibraryWire):
    """By TCP, IPv4 or IPv6."""

    def __init__(self, make: Callable[[], Device], host: str, port: int, connect_s: float) -> None:
        super().__init__(make)
        self._at = (host, port)
        self._connect_s = connect_s

    def open(self) -> None:
        # Connected here: the library's own open leaves the socket to the collector when nobody answers.
        try:
            connected = socket.create_connection(self._at, self._connect_s)
        except OSError as error:
            raise WireLost(f"{self._at[0]}:{self._at[1]}: {error.strerror or error}") from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # So that what counts as sent is with the printer, and not in a queue of the kernel's.
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._device = self._make()
        vars(self._device)["_device"] = connected

    def _socket(self, device: Device) -> socket.socket:
        return cast(socket.socket, vars(device)["_device"])

    def _limit(self, within_s: float) -> None:
        self._socket(self._opened()).settimeout(max(within_s, 0.001))

    def _read(self, device: Device, within_s: float) -> bytes:
        return device._read()

    def _received(self, found: bytes) -> bytes:
        if not found:
            raise WireLost("the printer closed the connection")
        return found

    def _drop(self, device: Device) -> None:
        # Reset instead of an orderly end: the kernel throws away what the printer hasn't taken (socket(7), SO_LINGER).
        self._socket(device).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class _UsbDevice(Protocol):
    """``usb.core.Device``."""

    def read(self, endpoint: int, size_or_buffer: int, timeout: int) -> bytes: ...


class UsbWire(LibraryWire):
    """By libusb; a time limit is the library's, in milliseconds."""

    def _limit(self, within_s: float) -> None:
        vars(self._opened())["timeout"] = max(1, round(within_s * 1000))

    def _read(self, device: Device, within_s: float) -> bytes:
        # Not by the library, which reads with no other limit than pyusb's second.
        found = vars(device)
        return cast(_UsbDevice, found["_device"]).read(cast(int, found["in_ep"]), 16, max(1, round(within_s * 1000)))


class FileWire(LibraryWire):
    """A device file, or a plain one: opening it empties that."""

    def __init__(self, make: Callable[[], Device], path: Path) -> None:
        super().__init__(make)
        self._path = path

    def probe(self) -> None:
        if not os.access(self._path if self._path.exists() else self._path.parent, os.W_OK):
            raise WireLost(f"{self._path} can't be written to")


class DummyWire(LibraryWire):
    """Keeps what it was sent, in ``content``, until it is opened again."""

    def __init__(self, make: Callable[[], Device]) -> None:
        super().__init__(make)
        self.content = b""

    def open(self) -> None:
        self._device = self._make()
        self.content = b""

    def probe(self) -> None:
        pass

    def send(self, content: bytes, within_s: float) -> None:
        super().send(content, within_s)
        self.content = cast(Keeps, self._opened()).output


def wire_to(settings: PrinterSettings, usb: object = None) -> LibraryWire:
    """The wire that the settings ask for; nothing is opened yet. Raises ``ConfigError`` without python-escpos.

    ``usb``: another backend of pyusb's (``usb.backend.IBackend``) than the system's libusb.
    """
    found = library()
    profile = settings.profile
    match settings:
        case NetworkPrinter(host=host, port=port, connect_s=within_s):
            return NetworkWire(lambda: found.network(host, port=port, profile=profile), host, port, within_s)
        case UsbPrinter(vendor=vendor, product=product, in_endpoint=entry, out_endpoint=out):
            limit_ms = round(settings.write_s * 1000)
            more = {} if usb is None else {"backend": usb}
            return UsbWire(
                lambda: found.usb(
                    vendor, product, dict(more), timeout=limit_ms, in_ep=entry, out_ep=out, profile=profile
                )
            )
        case FilePrinter(path=path):
            return FileWire(lambda: found.file(path, profile=profile), Path(path))
        case DummyPrinter():
            return DummyWire(lambda: found.dummy(profile=profile))
