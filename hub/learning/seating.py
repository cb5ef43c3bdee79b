"""From the shelf to what is in use: releases loaded and sealed, then put on the desk and out for the devices."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.learning.desk import ModelDesk, Seat, Seats
from hub.learning.model import Shelf, Version
from hub.learning.ports import Analyst, Models
from hub.learning.shop import ModelShop, Shelved
from models.errors import ModelsError
from models.registry import Sealed


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a shelf says is to be in use, loaded."""

    seats: Seats
    shelved: Shelved


@dataclass(frozen=True, slots=True)
class Unusable:
    """A version that should be in use, or ready to come back, and can't be."""

    version: str
    why: str


class Seating:
    """Loads releases once, and seats them.

    ``share``: the canary's, of visits and of devices; ``holdout_share``: of visits only, devices don't have a hold-out.
    """

    def __init__(self, models: Models, desk: ModelDesk, shop: ModelShop, share: float, holdout_share: float) -> None:
        self._models = models
        self._desk = desk
        self._shop = shop
        self._share = share
        self._holdout_share = holdout_share
        self._shipped = desk.seats.published
        self._loaded: dict[int, tuple[Analyst, Sealed]] = {}

    def prepare(self, shelf: Shelf) -> Prepared | Unusable | None:
        """Load what is to be in use; null when nothing is published. Blocks: off the loop while the hub serves."""
        published, canary, holdout = shelf.published, shelf.canary, shelf.holdout
        if published is None:
            return None
        found: dict[int, tuple[Analyst, Sealed]] = {}
        for one in (published, canary, holdout):
            if one is None:
                continue
            try:
                found[one.serial] = self._loaded.get(one.serial) or self._models.release(one)
            except ModelsError as error:
                return Unusable(one.version, str(error))
        self._loaded = found

        def seated(one: Version) -> Seat:
            return Seat(one.version, found[one.serial][0])

        seats = Seats(seated(published))
        shelved = Shelved(found[published.serial][1])
        if canary is not None:
            seats = replace(seats, canary=seated(canary), share=self._share)
            shelved = replace(shelved, canary=found[canary.serial][1], share=self._share)
        if holdout is not None:
            seats = replace(seats, holdout=seated(holdout), holdout_share=self._holdout_share)
        return Prepared(seats, shelved)

    def take(self, prepared: Prepared) -> None:
        """Let it rank from the next batch on, and the devices have it."""
        self._desk.seat(prepared.seats)
        self._shop.put_out(prepared.shelved)

    def fall_back(self) -> None:
        """Let the model that came with the hub rank, as it came; the devices keep what they have."""
        self._desk.seat(Seats(self._shipped))
