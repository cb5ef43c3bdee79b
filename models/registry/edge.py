"""The ranking on a device: the same loader, scorer and policy as at the hub, from the store's verified model (W-13)."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from models.catalogue import decode_catalogue
from models.customers import CustomerRecord
from models.errors import CatalogueError, ModelsError, UnfitModel
from models.names import LANGUAGES
from models.registry.keys import Trust
from models.registry.manifest import CATALOGUE_FILE
from models.registry.slots import StoreSlots
from models.registry.store import HealthCheck, ModelStore

if TYPE_CHECKING:
    from models.ranking import Ranker
    from models.talk.lexicon import Lexicon

log = logging.getLogger(__name__)

_NEEDED = ("numpy", "onnxruntime")
_EPOCH = datetime.fromtimestamp(0, UTC)
_OFF = 1e-3


def can_rank() -> bool:
    """Whether this installation can run models; where not, they are fetched and verified all the same."""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


def load_ranker(directory: Path) -> Ranker:
    """The ranker of an artefact directory, as the hub loads it; raises ``ArtefactError``."""
    from models.ranking import Ranker
    from models.scorer import OnnxScorer

    return Ranker(OnnxScorer.load(directory))


def load_active(store: ModelStore) -> Ranker | None:
    """The ranker of the model in use; null when there is none."""
    return load_ranker(store.active.directory) if store.active is not None else None


class EdgeRanker:
    """The ranker of whatever model is in use just now, loaded when it is first asked for and after each change."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._loaded: tuple[str, Ranker] | None = None

    def current(self) -> Ranker | None:
        """The ranker; null when there is no model yet. Raises ``ArtefactError``."""
        active = self._store.active
        if active is None:
            return None
        if self._loaded is None or self._loaded[0] != active.manifest.digest:
            self._loaded = (active.manifest.digest, load_ranker(active.directory))
        return self._loaded[1]


class EdgeLexicon:
    """The words for the products of whatever model is in use (W-12, W-13). Making them takes a second or two."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._made: tuple[str, Lexicon | None] | None = None

    def current(self) -> Lexicon | None:
        """What was made last; null when there was no model yet, or none whose catalogue this program can read."""
        return self._made[1] if self._made is not None else None

    def make(self) -> None:
        """Make those of the model in use, unless they are; in a thread of one's own."""
        active = self._store.active
        if active is not None and (self._made is None or self._made[0] != active.manifest.digest):
            self._made = (active.manifest.digest, _lexicon_in(active.directory))


def _lexicon_in(directory: Path) -> Lexicon | None:
    from models.talk.lexicon import Lexicon
    from models.talk.understanding import get_ready

    path = directory / CATALOGUE_FILE
    try:
        lexicon = Lexicon.of(decode_catalogue(path.read_bytes(), origin=str(path)))
        for language in LANGUAGES:
            get_ready(lexicon, language)  # here, in a thread of its own, and not in the talk
        return lexicon
    except (OSError, CatalogueError) as error:
        log.warning("no_lexicon why=%r", str(error))
        return None


def open_slots(folder: Path, keys: Sequence[Path] = ()) -> StoreSlots:
    """The models in ``folder``, trusting Usher's release key and ``keys``; what comes into use is tried before, where
    this installation can run models. Raises ``KeyFileError``, or ``OSError`` for a folder that can't be used."""
    return StoreSlots(ModelStore(folder, Trust.load(keys), check=health_check()))


_NOBODY = CustomerRecord(
    ref="nobody",
    display_name="",
    profile={},
    holdings=frozenset(),
    hidden_product=None,
    segment="",
    risk_rating=1,
    age=None,
    age_band="",
)
"""A customer of whom nothing is known."""


def likeliest(ranker: Ranker) -> tuple[str, ...]:
    """All products, the likeliest for a customer of whom nothing is known first."""
    from models.ranking import candidate_of

    probabilities: list[float] = ranker.scorer.score([candidate_of(_NOBODY)], _EPOCH).probability[0].tolist()
    codes = ranker.scorer.catalogue.product_codes
    return tuple(code for _, code in sorted(zip((-one for one in probabilities), codes, strict=True)))


def health_check() -> HealthCheck | None:
    """Loads a model, ranks a customer of whom nothing is known, and explains the scores; null where models can't be
    run. That the bank's rules offer such a customer nothing is no fault of a model's."""
    return _works if can_rank() else None


def _works(directory: Path) -> None:
    from models.ranking import candidate_of

    nobody = [candidate_of(_NOBODY)]
    try:
        ranker = load_ranker(directory)
        ranker.rank(nobody, _EPOCH)
        scores = ranker.scorer.score(nobody, _EPOCH)
        ranker.scorer.explain(scores, [[0]])
        probabilities: list[float] = scores.probability[0].tolist()
    except ModelsError:
        raise
    except Exception as error:  # onnxruntime's errors share no base but Exception
        raise UnfitModel(f"{directory}: fails on a customer of whom nothing is known: {error}") from error
    if not all(0.0 <= one <= 1.0 for one in probabilities) or abs(sum(probabilities) - 1.0) > _OFF:
        raise UnfitModel(f"{directory}: gives {probabilities}, which are no probabilities: train it again")
