"""The broker's address as every bus implementation reads it."""

from urllib.parse import unquote, urlsplit

import msgspec

from runtime.errors import BusError


class Address(msgspec.Struct, frozen=True):
    """Host, port and credentials of a broker."""

    host: str
    port: int
    user: str | None
    password: str | None


def parse_address(url: str) -> Address:
    """``mqtt://[user:password@]host[:port]``, port 1883 by default; raises ``BusError``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BusError(f"broker url {url!r}: {error}; write mqtt://[user:password@]host:port") from error
    if parts.scheme != "mqtt" or not parts.hostname:
        raise BusError(f"broker url {url!r} is not of the form mqtt://[user:password@]host:port")
    return Address(
        parts.hostname,
        port or 1883,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )
