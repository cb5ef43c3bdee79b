"""An ESC/POS printer on a real socket: buffers, real-time commands, sensors, paper (Epson's command reference).

As real ones do, it obeys real-time commands wherever they stand, within pictures too, and while it is offline; it keeps
what it can't print and goes on once it can.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

from PIL import Image

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_TWO = {b"\x1b!", b"\x1ba", b"\x1bE", b"\x1bd", b"\x1bJ", b"\x1bt", b"\x1bM", b"\x1bG", b"\x1b-", b"\x1b3", b"\x1d!"}


@dataclass
class Strip:
    """What came out between two cuts."""

    pictures: list[Image.Image] = field(default_factory=list)
    text: bytes = b""
    codes: list[bytes] = field(default_factory=list)

    def picture(self) -> Image.Image:
        """All pictures, one below the other."""
        whole = Image.new("1", (max(p.width for p in self.pictures), sum(p.height for p in self.pictures)), 255)
        top = 0
        for part in self.pictures:
            whole.paste(part, (0, top))
            top += part.height
        return whole


class FakePrinter:
    """Listens on loopback. ``paper_dots``: what is left on the roll; null is plenty. ``takes``: how many bytes until
    it is dead. ``slow``: it takes what it is sent into a small buffer and works nothing off."""

    def __init__(self) -> None:
        self.tickets: list[Strip] = []
        self.strip = Strip()
        self.near_end = False
        self.paper_out = False
        self.cover_open = False
        self.jammed = False
        self.mute = False
        self.knows_clear = True
        self.slow = False
        self.paper_dots: int | None = None
        self.takes: int | None = None
        self.clears = 0
        self.resets = 0
        self.broken = threading.Event()
        self.connections = 0
        self.received = 0
        self._lock = threading.RLock()
        self._held = bytearray()
        self._tail = b""
        self._peers: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> FakePrinter:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        for thread in self._threads:
            thread.join(5)

    def unplug(self) -> None:
        """Power off: connections break, nobody listens, the buffer is gone."""
        with self._lock:
            for peer in (self._server, *self._peers):
                try:
                    peer.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                peer.close()
            self._held.clear()

    def refill(self) -> None:
        """A new roll, and the cover closed: it goes on with what it holds."""
        with self._lock:
            self.paper_out = self.cover_open = self.near_end = False
            self.paper_dots = None
            self._work()

    @property
    def held(self) -> int:
        """Bytes that it has taken and not printed."""
        with self._lock:
            return len(self._held)

    # --- wire --------------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            if self.slow:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            with self._lock:
                self.connections += 1
                self._peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            while True:
                try:
                    if self.slow and self.received > 1000:
                        self._stall(peer)
                        return
                    came = peer.recv(4096)
                    if not came:
                        return
                    with self._lock:
                        self.received += len(came)
                        if self.takes is not None and self.received >= self.takes:
                            self.unplug()
                            return
                        answer = self.take(came)
                    if answer and not self.mute:
                        peer.sendall(answer)
                except OSError:
                    return

    def _stall(self, peer: socket.socket) -> None:
        """Read no more until the other side is gone."""
        import select

        poll = select.poll()
        poll.register(peer, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poll.poll(20_000)
        try:
            while peer.recv(4096):
                pass
        except ConnectionResetError:
            self.resets += 1
        self.broken.set()

    def take(self, came: bytes) -> bytes:
        """Bytes arrive; returns what it answers."""
        answer = b""
        waiting = self._tail + came
        while waiting:
            at = waiting.find(b"\x10")
            if at < 0:
                self._held += waiting
                waiting = b""
                break
            self._held += waiting[:at]
            waiting = waiting[at:]
            if CLEAR.startswith(waiting[: len(CLEAR)]) and len(waiting) < len(CLEAR) and len(waiting) < 3:
                break  # the rest comes with the next bytes
            if waiting.startswith(b"\x10\x04") and 1 <= waiting[2] <= 4:
                answer += bytes([self._status(waiting[2])])
                waiting = waiting[3:]
            elif waiting.startswith(CLEAR) and self.knows_clear:
                self._held.clear()
                self.strip = Strip()
                self.clears += 1
                answer += b"\x37\x25\x00"
                waiting = waiting[len(CLEAR) :]
            elif waiting.startswith(CLEAR):
                waiting = waiting[len(CLEAR) :]
            else:
                self._held += waiting[:1]
                waiting = waiting[1:]
        self._tail = waiting
        return answer + self._work()

    def _stopped(self) -> bool:
        return self.paper_out or self.cover_open or self.jammed

    def _status(self, which: int) -> int:
        code = 0x12
        if which == 1:
            code |= 0x08 * self._stopped()
        elif which == 2:
            code |= 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.jammed
        elif which == 3:
            code |= 0x08 * self.jammed
        else:
            code |= 0x0C * self.near_end | 0x60 * self.paper_out
        return code

    # --- paper -------------------------------------------------------------------------------------------------------

    def _work(self) -> bytes:
        """Work off what is held, as far as whole commands and the paper go."""
        answer = b""
        while self._held and not self._stopped():
            size = self._size()
            if size is None or len(self._held) < size:
                break
            command = bytes(self._held[:size])
            answer += self._do(command)
            if self.paper_out:
                break  # within this command: it is tried again with the next roll
            del self._held[:size]
        return answer

    def _size(self) -> int | None:
        held = bytes(self._held[:8])
        head = held[:2]
        if held[0] not in b"\x1b\x1d\x1c":
            return 1
        if len(held) < 2:
            return None
        if head == b"\x1b@" or held[0] == 0x1C:
            return 2
        if head in _TWO or head == b"\x1dr":
            return 3
        if head == b"\x1dV":
            return None if len(held) < 3 else 4 if held[2] in (65, 66) else 3
        if head == b"\x1dv":
            return None if len(held) < 8 else 8 + (held[4] | held[5] << 8) * (held[6] | held[7] << 8)
        if head == b"\x1d(":
            return None if len(held) < 5 else 5 + (held[3] | held[4] << 8)
        raise AssertionError(f"a command that this printer doesn't know: {held.hex(' ')}")

    def _do(self, command: bytes) -> bytes:
        head = command[:2]
        if head == b"\x1dv":
            self._print(command)
        elif head == b"\x1dV":
            self.tickets.append(self.strip)
            self.strip = Strip()
        elif head == b"\x1dr":
            return bytes([0x03 * self.near_end])
        elif command[:3] == b"\x1d(H":
            return b"\x37\x22" + command[7:11] + b"\x00"
        elif command[:3] == b"\x1d(k" and command[6] == 80:
            self.strip.codes.append(command[8:])
        elif len(command) == 1:
            self.strip.text += command
        return b""

    def _print(self, command: bytes) -> None:
        across, down = command[4] | command[5] << 8, command[6] | command[7] << 8
        if self.paper_dots is not None and down > self.paper_dots:
            self.paper_out = True
            self.paper_dots = 0
            return
        if self.paper_dots is not None:
            self.paper_dots -= down
        dots = bytes(code ^ 0xFF for code in command[8:])
        self.strip.pictures.append(Image.frombytes("1", (8 * across, down), dots))
