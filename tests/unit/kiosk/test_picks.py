"""What the kiosk suggests: general products by the model in use, the same for everybody (K-12)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kiosk.picks import SHOWN, Picks
from models.registry import ModelStore, seal
from models.registry.edge import likeliest, load_active
from models.scorer import artefact_directory
from tests.sealed_models import KEY, MADE, TRUST

pytestmark = pytest.mark.req("K-12")


def delivered(tmp_path: Path) -> ModelStore:
    """A kiosk's store with the simulated bank's model in use."""
    shutil.copytree(artefact_directory("simbank"), tmp_path / "simbank")
    sealed = seal(tmp_path / "simbank", KEY, serial=1, made_at=MADE)
    store = ModelStore(tmp_path / "models", TRUST)
    store.begin(sealed.signature)
    while missing := store.missing():
        store.write(missing[0].file, missing[0].have, sealed.read(missing[0].file, missing[0].have, 1 << 20))
    store.finish()
    store.activate()
    return store


async def test_without_a_model_nothing_is_suggested(tmp_path: Path) -> None:
    picks = Picks(ModelStore(tmp_path / "models", TRUST))
    await picks.renew()
    assert picks.of(None) == ()


async def test_products_of_the_business_come_in_the_models_order(tmp_path: Path) -> None:
    store = delivered(tmp_path)
    picks = Picks(store)
    await picks.renew()
    ranker = load_active(store)
    assert ranker is not None
    order, catalogue = likeliest(ranker), ranker.scorer.catalogue
    assert sorted(order) == sorted(catalogue.product_codes)
    assert [pick.code for pick in picks.of(None)] == list(order[:SHOWN])
    seen = set()
    for business in catalogue.business:
        shown = [pick.code for pick in picks.of(business.code)]
        about = [code for code in order if catalogue.product_named(code).category in business.categories]
        assert shown == about[:SHOWN]
        seen.update(shown)
    assert len(seen) > SHOWN
    assert all(pick.names.en and pick.names.ko and pick.names.zh for pick in picks.of(None))
    assert picks.of("magic") == ()


async def test_what_the_hub_names_is_called_as_the_catalogue_calls_it(tmp_path: Path) -> None:
    picks = Picks(delivered(tmp_path))
    await picks.renew()
    first, second, *_ = picks.of(None)
    assert picks.named([second.code, "of_a_newer_catalogue", first.code]) == (second, first)
