"""The counter page's part of lent bands: which are free, who has which, and the forms to lend and take back (K-06)."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.lending import LentStage
from hub.lobby import BandCard, Board


@dataclass(frozen=True, slots=True)
class Bands:
    """A branch's bands. ``free``: in reach, so that lending one helps; ``of``: by the ticket of the customer who has
    it; ``lent``: those to be given back first; ``away``: free ones that nobody would feel."""

    free: tuple[BandCard, ...]
    away: tuple[BandCard, ...]
    lent: tuple[BandCard, ...]
    of: Mapping[str, BandCard]

    @property
    def any(self) -> bool:
        """Whether the branch lends bands at all."""
        return bool(self.free or self.away or self.lent)


def bands_of(board: Board) -> Bands:
    """The bands of a board."""
    lent = [card for card in board.bands if card.lending is not None]
    free = [card for card in board.bands if card.lending is None]
    return Bands(
        free=tuple(card for card in free if card.in_reach),
        away=tuple(card for card in free if not card.in_reach),
        lent=tuple(sorted(lent, key=lambda card: (card.stage is not LentStage.OVER, card.device))),
        of={card.lending.ticket: card for card in lent if card.lending is not None},
    )


@dataclass(frozen=True, slots=True)
class Lend:
    """What a form asks for: lend the device to the customer of this ticket; without one, take it back."""

    device: str
    ticket: str = ""


def lend_of(fields: Mapping[str, str]) -> Lend | None:
    """What a form says of bands: ``do`` is ``lend TICKET DEVICE`` or ``return DEVICE``; null for anything else."""
    match fields.get("do", "").split(" "):
        case ["lend", ticket, device] if ticket and device:
            return Lend(device, ticket)
        case ["return", device] if device:
            return Lend(device)
        case _:
            return None
