"""Where a Wyoming server may be (W-11)."""

import ipaddress
from urllib.parse import urlsplit

from hub.errors import HubError
from hub.hearing.settings import WyomingReach


def wyoming_address(url: str, reach: str) -> tuple[str, int]:
    """Host and port of ``tcp://HOST:PORT``; raises ``HubError`` for anything else, or beyond what ``reach`` allows.

    Only addresses, and ``localhost``: a name could lead anywhere.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if parts.scheme != "tcp" or host is None or port is None:
            raise ValueError("not tcp://ADDRESS:PORT")
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        raise HubError(f"hearing.wyoming = {url!r}: {error}; give tcp://ADDRESS:PORT, with an IP address") from error
    if address.is_loopback or (reach == WyomingReach.PRIVATE and address.is_private and not address.is_unspecified):
        return str(address), port
    where = "the private network" if reach == WyomingReach.PRIVATE else "this machine"
    raise HubError(
        f"hearing.wyoming = {url!r}: the audio of talks would leave {where} unencrypted; use a server on this machine, "
        "or hearing.wyoming_reach = 'private' for one in a private network"
    )
