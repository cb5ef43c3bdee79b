"""Which word pieces a small model keeps. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from models.talk.sets.pieces import SPECIAL


def pruned(full: Sequence[str], used: Iterable[str], size: int) -> list[str]:
    """At most ``size`` pieces of the ``full`` vocabulary in the order of `SPECIAL`, then as in ``full``.

    Kept are all single Latin characters, so that no English word becomes unknown; the pieces ``used`` in training; and
    as many others as there is room for from the front, as BERT's vocabulary lists frequent pieces first.
    """
    counts = Counter(used)
    order = {piece: at for at, piece in enumerate(full)}
    single = [piece for piece in full if len(piece.removeprefix("##")) == 1 and piece.isascii()]
    common = [piece for piece in full if piece.isascii() and not piece.startswith("[unused")]
    ranked = [*single, *(piece for piece, _ in counts.most_common() if piece in order), *common]
    kept = dict.fromkeys(piece for piece in ranked if piece not in SPECIAL and not piece.startswith("[MASK"))
    chosen = sorted(list(kept)[: size - len(SPECIAL)], key=order.__getitem__)
    return [*SPECIAL, *chosen]
