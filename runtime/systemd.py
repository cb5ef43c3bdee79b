"""Tells systemd that a process is up and its event loop alive (sd_notify(3)); without systemd nothing happens.

The protocol is a datagram to a socket; the packages for it (sdnotify, systemd-watchdog) keep a socket open that nobody
closes, and hide why nothing arrives.
"""

import asyncio
import logging
import os
import socket

log = logging.getLogger(__name__)


async def tell_systemd() -> None:
    """Say READY=1, then WATCHDOG=1 twice as often as the unit's ``WatchdogSec`` wants it, until cancelled.

    It is said in the event loop: one that hangs is restarted by systemd.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    every_s = _watchdog_s() / 2
    _say(address, "READY=1")
    try:
        while address and every_s > 0:
            _say(address, "WATCHDOG=1")
            await asyncio.sleep(every_s)
        await asyncio.Future()
    finally:
        _say(address, "STOPPING=1")


def _watchdog_s() -> float:
    try:
        return int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
    except ValueError:
        return 0.0


def _say(address: str, state: str) -> None:
    if not address:
        return
    # "@" stands for the NUL of Linux's abstract addresses
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(state.encode(), target)
    except OSError as error:
        log.warning("systemd_not_told state=%s why=%r", state, str(error))
