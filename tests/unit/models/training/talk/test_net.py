"""The network that is trained is the one that the file computes. Needs torch (extra `talk-train`)."""

from __future__ import annotations

import random

import numpy as np
import pytest

from models.talk.sets.artefacts import session
from models.talk.sets.mams import Aspect, Sentence
from models.talk.sets.nlupp import Utterance
from models.talk.sets.pieces import LONGEST, WordPieces
from models.talk.sets.sgd_banks import Reply
from models.training.talk.graph import Head, packed, to_onnx, unpacked
from tests.unit.models.talk_sets.networks import PIECES, network

torch = pytest.importorskip("torch", reason="torch is not here: pip install 'usher[talk-train]'")
pytest.importorskip("safetensors", reason="safetensors is not here: pip install 'usher[talk-train]'")

from models.training.talk import fitting, tasks  # noqa: E402
from models.training.talk.net import HIDDEN, TalkNet, rounded  # noqa: E402

pytestmark = pytest.mark.req("W-12")

SIZES = {"mams": 3, "nlupp": 2, "sgd-banks": 5}
SPLIT = WordPieces(PIECES)
ROWS = {
    "mams": tasks.mams_rows(
        [
            Sentence("good food bad wine", (Aspect("food", 5, 9, "positive"), Aspect("wine", 14, 18, "negative"))),
            Sentence("food", (Aspect("food", 0, 4, "neutral"),)),
        ],
        SPLIT,
    ),
    "nlupp": tasks.nlupp_rows(
        [Utterance("yes no", ("affirm", "deny", "new")), Utterance("hm")], ("affirm", "deny"), SPLIT
    ),
    "sgd-banks": tasks.sgd_rows([Reply("1", "more", "no", "refuse"), *[Reply("2", "", "hi", "other")] * 3], SPLIT),
}


def some_net(layers: int = 1) -> TalkNet:
    torch.manual_seed(3)
    net = TalkNet(len(PIECES), LONGEST, layers, SIZES)
    given = network(layers, HIDDEN, SIZES, pieces=len(PIECES), places=LONGEST)
    inner = {name: value for name, value in given.items() if ".inner" not in name and ".outer." not in name}
    net.load_state_dict({name: torch.tensor(value) for name, value in inner.items()}, strict=False)
    net.eval()
    return net


def test_four_bits_round_as_the_file_does() -> None:
    weight = np.random.default_rng(1).normal(0, 1, (8, 64)).astype(np.float32)
    np.testing.assert_allclose(rounded(torch.tensor(weight)).numpy(), unpacked(packed(weight, 4)), atol=1e-6)


def test_what_was_learned_with_four_bits_is_what_the_file_of_four_bits_says() -> None:
    net = some_net()
    net.round_weights()
    with torch.no_grad():
        for name in ("words", "places", "segments"):
            table = getattr(net, name).weight
            table.copy_(torch.tensor(unpacked(packed(table.numpy(), 8))))
        wanted = {task: tasks.logits(net, rows).numpy() for task, rows in ROWS.items()}
    heads = [Head(task, by_piece=task == "mams") for task in SIZES]
    weights = {name: value.numpy() for name, value in net.state_dict().items()}
    file = session(to_onnx(weights, 1, heads, 4), origin="made here")
    for task, rows in ROWS.items():
        found = []
        for row in rows:
            pieces = {"ids": np.array([row.pieces.ids]), "segments": np.array([row.pieces.segments])}
            out = file.run([task], pieces)[0][0]
            found += [out[list(places)].mean(axis=0) for places in row.places] if row.places else [out]
        np.testing.assert_allclose(np.stack(found), wanted[task], atol=1e-3)


def test_learns_what_it_is_shown_and_the_same_again_from_the_same_seed() -> None:
    settings = fitting.Settings(layers=1, frozen=0, epochs=30, batch=2, rate=1e-3, bits=4, round_from=10, threads=1)
    torch.set_num_threads(1)
    first, again = some_net(), some_net()
    torch.manual_seed(0)
    epochs = fitting.fit(first, ROWS, settings)
    torch.manual_seed(0)
    fitting.fit(again, ROWS, settings)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert all(epochs[-1].losses[task] < epochs[1].losses[task] for task in ROWS)
    with torch.no_grad():
        assert tasks.logits(first, ROWS["mams"]).argmax(1).tolist() == [2, 0, 1]


def test_batches_are_every_row_once() -> None:
    rows = [tasks.Row("nlupp", SPLIT.one("a" * at), ()) for at in range(1, 24)]
    cut = list(tasks.batches(rows, 5, random.Random(0)))
    assert sorted(map(len, cut)) == [3, 5, 5, 5, 5]
    assert sorted((row for batch in cut for row in batch), key=rows.index) == rows


def test_labels_outside_the_known_are_left_out_and_terms_know_their_pieces() -> None:
    assert ROWS["nlupp"][0].targets == (0, 1)
    assert ROWS["mams"][0].targets == (2, 0)
    assert [[PIECES[ROWS["mams"][0].pieces.ids[at]] for at in places] for places in ROWS["mams"][0].places] == [
        ["f", "##o", "##o", "##d"],
        ["w", "##i", "##n", "##e"],
    ]


def test_what_is_frozen_stays_and_the_rest_learns() -> None:
    settings = fitting.Settings(layers=2, frozen=1, epochs=1, batch=2, bits=8, threads=1)
    net = some_net(2)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    fitting.fit(net, ROWS, settings)
    same = {name for name, value in net.state_dict().items() if torch.equal(value, before[name])}
    assert same == {name for name in before if not name.startswith(("layers.1.", "heads."))}


def test_the_rate_rises_falls_slowly_and_at_last_to_nothing() -> None:
    lengths = [100, 100, 100, 100]
    shares = [fitting.share_of_rate(step, lengths) for step in range(400)]
    top = shares.index(max(shares))
    assert 0 < shares[0] < 0.05
    assert 30 < top < 60
    assert shares[top : top + 1] == [pytest.approx(1.0, abs=0.02)]
    assert shares[top:] == sorted(shares[top:], reverse=True)
    assert shares[299] == pytest.approx(0.545, abs=0.02)
    assert 0 < shares[399] < 0.01
    assert fitting.share_of_rate(400, lengths) == 0
