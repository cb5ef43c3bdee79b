"""Fine-tuning: all tasks in one network, a batch of one task at a time, in random order.

Needs torch (extra `talk-train`). Learning rates rise for `WARM` of the steps, fall slowly, and in the last epoch fall
to nothing; bfloat16 where torch finds it safe. Sources: J. Devlin et al., "BERT", NAACL 2019 (recipe); X. Liu et al.,
"Multi-Task Deep Neural Networks for Natural Language Understanding", ACL 2019 (batches of one task each).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import torch

from models.talk.sets.sgd_banks import ANSWERS, OTHER
from models.training.talk.net import TalkNet
from models.training.talk.tasks import Row, batches, loss

logger = logging.getLogger(__name__)

WARM = 0.08
FALL = 1.5
"""The slow fall would reach nothing after so many times the steps there are."""
HEAD_RATE = 1e-3
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 1.0
REPEATED = {"nlupp": 2}
"""How often a task's rows are seen in an epoch, if not once: NLU++ is small and has many labels."""
SPREAD = {"mams": 2}
"""Over how many epochs a task's rows are spread, if not one: MAMS is learned early and is the dearest."""
OTHERS_SPREAD = 4
"""The same for dialogue turns that answer nothing: they are most and say least."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is told.

    ``frozen``: how many of the ``layers`` stay as they are, the embeddings with them; ``pieces``: size of the
    vocabulary; ``rate``: of the encoder; ``bits``: of its weights in the file; ``round_from``: the epoch from which on
    it learns with four bits, if the file will have four; ``smoothing``: of the labels (C. Szegedy et al., 2016).
    """

    layers: int = 6
    frozen: int = 2
    pieces: int = 10_000
    epochs: int = 4
    batch: int = 32
    rate: float = 2e-4
    smoothing: float = 0.1
    bits: int = 4
    round_from: int = 3
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is shown after each epoch: mean loss by task."""

    number: int
    losses: Mapping[str, float]


def fit(net: TalkNet, rows: Mapping[str, Sequence[Row]], settings: Settings) -> list[Epoch]:
    """Train ``net`` in place on the rows of every task; equal seeds give equal weights on one machine and number of
    threads."""
    chance = random.Random(settings.seed)
    net.freeze(settings.frozen)
    heads = {id(weight) for weight in net.heads.parameters()}
    body = [one for one in net.parameters() if id(one) not in heads and one.requires_grad]
    groups = [
        {"params": body, "lr": settings.rate},
        {"params": list(net.heads.parameters()), "lr": HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)
    numbers = range(1, settings.epochs + 1)
    lengths = [len(_epoch(rows, number, settings.batch, random.Random(settings.seed))) for number in numbers]
    pace = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: share_of_rate(step, lengths))
    net.train()
    done = []
    for number in numbers:
        if settings.bits == 4 and number >= settings.round_from:
            net.round_weights()
        losses: dict[str, list[float]] = {task: [] for task in rows}
        for batch in _epoch(rows, number, settings.batch, chance):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                wrong = loss(net, batch, settings.smoothing)
            optimiser.zero_grad(set_to_none=True)
            wrong.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), LARGEST_GRADIENT)
            optimiser.step()
            pace.step()
            losses[batch[0].task].append(float(wrong.detach()))
        done.append(Epoch(number, {task: sum(all_) / len(all_) for task, all_ in losses.items() if all_}))
        logger.info("epoch=%d losses=%s", number, {task: round(value, 3) for task, value in done[-1].losses.items()})
    net.eval()
    return done


def share_of_rate(step: int, lengths: Sequence[int]) -> float:
    """What share of the highest learning rate a step has, epochs having ``lengths`` steps; above 0 up to the last."""
    steps, cool = sum(lengths), sum(lengths[:-1])
    fall = FALL * steps
    warm = max(1, round(WARM * fall))

    def slow(at: int) -> float:
        return min((at + 1) / warm, max(0.0, (fall - at) / (fall - warm)))

    return slow(step) if step < cool else slow(cool) * max(0, steps - step) / (steps - cool)


def _epoch(rows: Mapping[str, Sequence[Row]], number: int, size: int, chance: random.Random) -> list[list[Row]]:
    found = []
    for task, all_ in rows.items():
        told = [row for row in all_ if not _answers_nothing(row)]
        rest = [row for row in all_ if _answers_nothing(row)]
        spread = SPREAD.get(task, 1)
        chosen = told[number % spread :: spread] * REPEATED.get(task, 1) + rest[number % OTHERS_SPREAD :: OTHERS_SPREAD]
        found += list(batches(chosen, size, chance))
    chance.shuffle(found)
    return found


def _answers_nothing(row: Row) -> bool:
    return row.task == "sgd-banks" and ANSWERS[row.targets[0]] == OTHER
