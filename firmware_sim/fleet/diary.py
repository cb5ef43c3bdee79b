"""Who has a booking this morning: told to the hub as a bank's booking system would, with the code on their phone."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from contracts.booking_code import BookingCode, read_booking, write_booking
from contracts.bookings import BookingState, digest_of
from firmware_sim.fleet.house import HubReady
from models.commands.remote import HubClient
from models.customers import CustomerRecord

EVERY = 4
"""Every so many-th customer has a booking, the second one first."""

COMES_WITHIN_MIN = (-5, 12)
"""From now on: some come in time, some a little late."""

ADVISORS = ("Ann", "博", "찬")
CAME = frozenset({BookingState.ARRIVED, BookingState.SERVED})


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's booking, and the text of its QR code."""

    reference: str
    business: str
    code: str


class _Kept(msgspec.Struct, frozen=True):
    reference: str
    state: BookingState


class Diary:
    """The branch's bookings of one morning."""

    def __init__(self, branch: str, customers: Sequence[CustomerRecord], businesses: Sequence[str], seed: int) -> None:
        self._branch = branch
        chance = random.Random(f"diary/{seed}")
        self._of: dict[str, Appointment] = {}
        self._bodies: dict[str, Mapping[str, object]] = {}
        now = datetime.now(UTC)
        for count, customer in enumerate(customers):
            if count % EVERY != 1:
                continue
            business, reference = chance.choice(businesses), f"demo-{seed}-{count:04d}"
            code = write_booking(chance.randbytes(17), None)
            read = read_booking(code, None)
            assert isinstance(read, BookingCode)
            start = now + timedelta(minutes=chance.randint(*COMES_WITHIN_MIN))
            self._of[customer.ref] = Appointment(reference=reference, business=business, code=code)
            self._bodies[reference] = {
                "reference": reference,
                "start": start if start.date() == now.date() else now,
                "businesses": [business],
                "customer": customer.ref,
                "code": digest_of(read.code),
                "advisor": chance.choice(ADVISORS),
            }

    def __len__(self) -> int:
        return len(self._of)

    def of(self, customer: str) -> Appointment | None:
        """The customer's booking; null for who just walks in."""
        return self._of.get(customer)

    async def book(self, hub: HubReady) -> None:
        """Bring them into the hub; raises ``ClickException`` for what it refuses."""
        if self._bodies:
            body = {"bookings": list(self._bodies.values())}
            await self._call(hub, "POST", f"/v1/branches/{self._branch}/bookings", body)

    async def came(self, hub: HubReady) -> int:
        """How many of them the hub has seen come."""
        found = msgspec.json.decode(
            await self._call(hub, "GET", f"/v1/branches/{self._branch}/bookings"), type=list[_Kept]
        )
        return sum(one.reference in self._bodies and one.state in CAME for one in found)

    async def _call(self, hub: HubReady, method: str, path: str, body: object = None) -> bytes:
        return await asyncio.to_thread(HubClient(hub.http, hub.token).call, method, path, body)
