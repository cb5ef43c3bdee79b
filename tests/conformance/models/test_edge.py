"""Hub and device rank alike: the hub's loader, and a device's store filled piece by piece, over 10,000 customers."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.card import encode_card
from models.catalogue import Catalogue, encode_catalogue
from models.errors import UnfitModel
from models.graph import to_onnx
from models.policy import Funnel
from models.ranking import Candidate, Ranker, candidate_of
from models.registry import ModelStore, Sealed, seal
from models.registry.edge import EdgeRanker, health_check, load_active, open_slots
from models.scorer import OnnxScorer, artefact_directory
from models.simulation import SimulatedBank, SimulatedCustomers
from tests.sealed_models import KEY, MADE, TRUST

CUSTOMERS = 10_000
BATCH = 500
CHUNK = 16 * 1024
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """The simulated bank's model, sealed."""
    folder = tmp_path_factory.mktemp("hub") / "simbank"
    shutil.copytree(artefact_directory("simbank"), folder)
    return seal(folder, KEY, serial=1, made_at=MADE)


def deliver(sealed: Sealed, store: ModelStore) -> None:
    """All pieces, in order, and into use."""
    store.begin(sealed.signature)
    while missing := store.missing():
        piece = missing[0]
        store.write(piece.file, piece.have, sealed.read(piece.file, piece.have, CHUNK))
    store.finish()
    store.activate()


@pytest.fixture(scope="module")
def store(published: Sealed, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A device's store with the model in use."""
    store = ModelStore(tmp_path_factory.mktemp("device"), TRUST, check=health_check())
    deliver(published, store)
    return store


def batches() -> Iterator[list[Candidate]]:
    """Customers whom the model was not trained on, with visits of their own for what is left to chance."""
    customers = iter(SimulatedCustomers(SimulatedBank(seed=11), CUSTOMERS, None))
    number = 0
    while records := list(islice(customers, BATCH)):
        yield [candidate_of(record, key=f"visit-{number + at}") for at, record in enumerate(records)]
        number += len(records)


@pytest.mark.req("W-13")
def test_ten_thousand_customers_are_ranked_alike_bit_for_bit(published: Sealed, store: ModelStore) -> None:
    hub = Ranker(OnnxScorer.load(published.directory))
    device = load_active(store)
    assert device is not None
    ranked = 0
    for batch in batches():
        at_hub, on_device = hub.rank(batch, NOW), device.rank(batch, NOW)
        assert [_bits(funnel) for funnel in at_hub] == [_bits(funnel) for funnel in on_device]
        assert at_hub == on_device
        ranked += len(batch)
    assert ranked == CUSTOMERS


def test_one_at_a_time_as_on_the_wrist_ranks_as_the_hubs_batch_does(published: Sealed, store: ModelStore) -> None:
    hub = Ranker(OnnxScorer.load(published.directory))
    device = EdgeRanker(store).current()
    assert device is not None
    batch = next(batches())
    alone = [device.rank([candidate], NOW)[0] for candidate in batch]
    for together, one in zip(hub.rank(batch, NOW), alone, strict=True):
        assert [product.code for product in together.ranked] == [product.code for product in one.ranked]
        for left, right in zip(together.ranked, one.ranked, strict=True):
            assert left.probability == pytest.approx(right.probability, abs=1e-6)


def test_the_edge_follows_what_the_store_uses(published: Sealed, tmp_path: Path) -> None:
    store = ModelStore(tmp_path, TRUST)
    edge = EdgeRanker(store)
    assert edge.current() is None
    assert load_active(store) is None
    deliver(published, store)
    first = edge.current()
    assert first is not None
    assert edge.current() is first
    again = tmp_path / "again"
    shutil.copytree(artefact_directory("simbank"), again)
    deliver(seal(again, KEY, serial=2, made_at=MADE, rolls_back_to=published.version), store)
    assert edge.current() is not first


def test_a_model_that_can_not_be_loaded_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(artefact_directory("simbank"), folder)
    (folder / "model.onnx").write_bytes(b"signed, and yet no model")
    store = ModelStore(tmp_path / "device", TRUST, check=health_check())
    with pytest.raises(UnfitModel, match=r"model\.onnx"):
        deliver(seal(folder, KEY, serial=1, made_at=MADE), store)
    assert store.active is None


def opt_in(catalogue: Catalogue) -> Catalogue:
    return msgspec.structs.replace(
        catalogue, policy=msgspec.structs.replace(catalogue.policy, consent_unknown="withhold")
    )


def of_age(catalogue: Catalogue) -> Catalogue:
    return msgspec.structs.replace(
        catalogue, product=tuple(msgspec.structs.replace(one, min_age=18) for one in catalogue.product)
    )


@pytest.mark.req("W-13")
@pytest.mark.parametrize("edit", [opt_in, of_age])
def test_a_bank_whose_rules_offer_a_stranger_nothing_has_models_all_the_same(
    edit: Callable[[Catalogue], Catalogue], tmp_path: Path
) -> None:
    folder = tmp_path / "strict"
    shutil.copytree(artefact_directory("simbank"), folder)
    catalogue = OnnxScorer.load(folder).catalogue
    (folder / "catalogue.json").write_bytes(encode_catalogue(edit(catalogue)))
    store = ModelStore(tmp_path / "device", TRUST, check=health_check())
    deliver(seal(folder, KEY, serial=1, made_at=MADE), store)
    assert store.active is not None


def test_a_model_whose_scores_are_no_numbers_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(artefact_directory("simbank"), folder)
    scorer = OnnxScorer.load(folder)
    count = len(scorer.model.base)
    broken = scorer.model.shifted(np.full(count, np.nan), np.zeros((scorer.space.size, count)))
    content = to_onnx(broken)
    card = msgspec.structs.replace(scorer.card, model_sha256=hashlib.sha256(content).hexdigest())
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_bytes(encode_card(card))
    store = ModelStore(tmp_path / "device", TRUST, check=health_check())
    with pytest.raises(UnfitModel, match="no probabilities"):
        deliver(seal(folder, KEY, serial=1, made_at=MADE), store)
    assert store.active is None


def test_a_devices_slots_trust_the_keys_of_its_settings(published: Sealed, tmp_path: Path) -> None:
    KEY.save_public(tmp_path / "bank.pub")
    assert open_slots(tmp_path / "models", [tmp_path / "bank.pub"]).begin(published.signature) is None
    refusal = open_slots(tmp_path / "others").begin(published.signature)
    assert refusal is not None
    assert refusal[0]
    assert KEY.public.id in refusal[1]


def _bits(funnel: Funnel) -> list[tuple[str, str]]:
    return [(product.code, product.probability.hex()) for product in funnel.ranked]
