"""Scripted customers: JSON lines from a file or standard input become take requests.

``{"do":"take","business":…,"customer":…,"language":…,"needs":[…],"booked":false,"request":…}``,
``{"do":"check-in","code":…,"language":…,"request":…}``, ``{"do":"quit"}``, or with a window
``{"do":"touch","name":…}``.
"""

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import msgspec

from contracts import ErrorCode, Refusal
from contracts.fields import Language, ShortText
from kiosk.core.taking import RequestId, TakeRequest
from kiosk.errors import ScriptError

MAX_LINE_BYTES = 64 * 1024


class Take(TakeRequest, frozen=True, kw_only=True, tag="take", tag_field="do", forbid_unknown_fields=True):
    """Take a number."""


class CheckIn(msgspec.Struct, frozen=True, kw_only=True, tag="check-in", tag_field="do", forbid_unknown_fields=True):
    """Check in by the text of a booking's code, as if a reader had read it; of several at once, to the first."""

    code: ShortText
    language: Language = Language.EN
    request: RequestId | None = None


class Quit(msgspec.Struct, frozen=True, kw_only=True, tag="quit", tag_field="do", forbid_unknown_fields=True):
    """End; first wait this long for what the hub hasn't got yet (it is delivered after the next start otherwise)."""

    drain_s: float = 5.0


class Touch(msgspec.Struct, frozen=True, kw_only=True, tag="touch", tag_field="do", forbid_unknown_fields=True):
    """Touch the choice of this name on the window."""

    name: ShortText


Command = Take | CheckIn | Quit | Touch

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def parse_line(line: bytes) -> Command | Refusal:
    """One line of a script, or why it is refused."""
    if len(line) > MAX_LINE_BYTES:
        return Refusal(code=ErrorCode.TOO_LARGE, detail=f"line of {len(line)} bytes, the limit is {MAX_LINE_BYTES}")
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError as error:
        return Refusal(code=ErrorCode.INVALID_FIELD, detail=f"script: {error}"[:500])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refusal(code=ErrorCode.MALFORMED, detail=f"script: not a JSON object: {error}"[:500])


async def script_lines(source: str) -> AsyncIterator[tuple[int, bytes]]:
    """The non-empty lines of a file, or of standard input for ``-``, as they come, each with its number from 1 on;
    raises ``ScriptError``."""
    if source != "-":
        try:
            descriptor = os.open(Path(source), os.O_RDONLY)
        except OSError as error:
            raise ScriptError(f"script {source}: can't be read: {error.strerror}; give a file of JSON lines") from error
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ScriptError(f"script {source}: is a folder; give a file of JSON lines")
    else:
        descriptor = 0
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
    numbers = count(1)

    def tell(line: bytes | None) -> bool:
        """A line, or null for the end; false when nobody takes it any more."""
        numbered = None if line is None else (next(numbers), line)
        if numbered is not None and not numbered[1].strip():
            return True
        try:
            loop.call_soon_threadsafe(lines.put_nowait, numbered)
        except RuntimeError:  # the loop has ended
            return False
        return True

    def read() -> None:
        # Bytes straight from the descriptor: a thread inside a buffered reader would hold its lock at interpreter exit.
        rest = b""
        try:
            while chunk := os.read(descriptor, 65536):
                *whole, rest = (rest + chunk).split(b"\n")
                if not all(map(tell, whole)):
                    return
        except OSError:
            pass
        finally:
            tell(rest)
            tell(None)
            if descriptor:
                os.close(descriptor)

    threading.Thread(target=read, name="script", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line
