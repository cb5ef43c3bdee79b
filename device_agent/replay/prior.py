"""What a replayed talk begins with: a catalogue, and how likely each product was before anything was said."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

from device_agent.errors import ReplayError
from models.catalogue import Catalogue, decode_catalogue
from models.catalogues import catalogue_names, load_catalogue, read_catalogue
from models.customers import CustomerRecord
from models.errors import ArtefactError, CatalogueError
from models.talk.evidence import Prior

FLAT = 0.2
"""How likely every product is where nothing ranks them."""

_VISITOR = CustomerRecord(
    ref="visitor",
    display_name="",
    profile={},
    holdings=frozenset(),
    hidden_product=None,
    segment="",
    risk_rating=5,
    age=None,
    age_band="",
)


def read_any_catalogue(named: str) -> Catalogue:
    """A catalogue that comes with Usher by its name, or a TOML or JSON file; raises ``ReplayError``."""
    try:
        if named in catalogue_names():
            return load_catalogue(named)
        path = Path(named)
        if path.suffix == ".json":
            return decode_catalogue(path.read_bytes(), origin=named)
        if path.suffix == ".toml":
            return read_catalogue(path)
    except (CatalogueError, OSError) as error:
        raise ReplayError(f"--catalogue {named}: {error}") from error
    raise ReplayError(f"--catalogue {named}: give {', '.join(catalogue_names())}, or a .toml or .json file")


def prior_of(catalogue: Catalogue) -> tuple[Prior, ...]:
    """All that the bank sells, by the model that comes with Usher for this catalogue, to whom nothing is known of; else
    all alike. No rule keeps anything from somebody who is only played: a talk shows how it moves each."""
    category = {product.code: product.category for product in catalogue.product}
    ranked = _by_model(catalogue)
    if ranked is None:
        return tuple(Prior(code, FLAT, category[code]) for code in catalogue.product_codes)
    return tuple(Prior(code, probability, category[code]) for code, probability in ranked)


def _by_model(catalogue: Catalogue) -> list[tuple[str, float]] | None:
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    from models.ranking import candidate_of
    from models.scorer import OnnxScorer, artefact_directory

    try:
        scorer = OnnxScorer.load(artefact_directory(catalogue.name))
    except ArtefactError:
        return None
    if scorer.catalogue.product_codes != catalogue.product_codes:
        return None
    probabilities = scorer.score([candidate_of(_VISITOR)], datetime.fromtimestamp(0, UTC)).probability[0].tolist()
    return sorted(zip(catalogue.product_codes, probabilities, strict=True), key=lambda one: (-one[1], one[0]))
