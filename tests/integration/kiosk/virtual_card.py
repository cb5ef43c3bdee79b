"""A real pcscd with the virtual reader of vsmartcard, and cards to put into it.

vpcd's protocol: the card is a TCP client; a message is two bytes of length and the content. One byte is a command: 0
power off, 1 power on, 2 reset, 4 asks for the ATR. Anything longer is an APDU, answered by its response.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path

from tests.peers import Server, find_binary, free_port

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = Path("/run/pcscd/pcscd.comm")
READER = "Usher Test Reader"
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
"""Of a contactless card, PC/SC part 3, 3.1.3.2.3."""

CONFIG = """FRIENDLYNAME "{name}"
DEVICENAME /dev/null:0x{port:X}
LIBPATH {driver}
CHANNELID 0x{port:X}
"""


def why_not() -> str:
    """What is missing for a pcscd of the test's own; empty when nothing is."""
    if find_binary("pcscd", "/usr/sbin") is None or not DRIVER.exists():
        return "pcscd or vsmartcard-vpcd is not installed"
    if os.geteuid() != 0:
        return "pcscd needs root"
    if _answers():
        return "a pcscd runs already"
    return ""


def _answers() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(SOCKET))
        except OSError:
            return False
    return True


class Pcscd(Server):
    """The daemon with one virtual reader (of two slots)."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        config = folder / "reader.conf"
        config.write_text(CONFIG.format(name=READER, port=port, driver=DRIVER))
        program = find_binary("pcscd", "/usr/sbin")
        command = [str(program), "--foreground", "--config", str(config)]
        super().__init__("pcscd", command, port, folder / "pcscd.log")

    def _ready(self) -> bool:
        return _answers()

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End it, and what it leaves."""
        super().stop(with_signal)
        if not _answers():
            for left in ("pcscd.comm", "pcscd.pid"):
                (SOCKET.parent / left).unlink(missing_ok=True)

    def __enter__(self) -> Pcscd:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class VirtualCard:
    """A card in the reader while the context lasts. ``answers``: by command; others get 6D00."""

    def __init__(self, port: int, answers: dict[str, str]) -> None:
        self._port = port
        self._answers = {bytes.fromhex(command): bytes.fromhex(answer) for command, answer in answers.items()}
        self._wire: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.asked: list[bytes] = []

    def __enter__(self) -> VirtualCard:
        self._wire = socket.create_connection(("127.0.0.1", self._port), 5)
        self._wire.settimeout(None)
        self._thread = threading.Thread(target=self._serve, args=(self._wire,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        wire, self._wire = self._wire, None
        if wire is not None and self._thread is not None:
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self._thread.join(5)
            wire.close()

    def _serve(self, wire: socket.socket) -> None:
        while True:
            try:
                head = wire.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                content = wire.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
                answer = self._answer(content)
                if answer is not None:
                    wire.sendall(len(answer).to_bytes(2, "big") + answer)
            except OSError:
                return

    def _answer(self, content: bytes) -> bytes | None:
        if len(content) == 1:
            return ATR if content == b"\x04" else None
        self.asked.append(content)
        return self._answers.get(content, bytes.fromhex("6D00"))
