"""Making a candidate: learn, shift the base model, write the artefact, judge it. Runs in a process of its own.

Nothing of the part of the log that judges was learned from: the candidate is what the learner knew before it, and what
is judged is what would be published, byte for byte.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from hub.errors import HubError
from hub.learning import store
from hub.learning.files import content_of, place, try_out
from hub.learning.learner import teach
from hub.learning.ports import Fruitless, Job, Made
from models.card import CARD_FORMAT, Corrected, encode_card
from models.catalogue import encode_catalogue
from models.correcting import corrector_of, typical_rows
from models.errors import ArtefactError
from models.features import Rows
from models.registry.manifest import CARD_FILE, CATALOGUE_FILE, MODEL_FILE
from models.scorer import OnnxScorer
from models.weights import Floats

log = logging.getLogger(__name__)

LEAST_CHANGE = 1e-4
"""A correction that moves no score by as much as this is none."""

PARITY = 1e-3
"""The most that a file's score may be off the weights it was made of, in log-odds."""

_TOOK_TOO_LONG_S = 1800.0


def make_candidate(job: Job, folder: Path, shipped: Path) -> Made | Fruitless:
    """Make and judge a candidate under ``folder`` of the model in ``shipped``; raises ``ModelsError``."""
    from hub.learning.judging import judge  # here, because only the making of a model needs its plots

    base = OnnxScorer.load(shipped)
    if base.version != job.base:
        raise ArtefactError(f"{shipped}: is {base.version}, the job is about {job.base}: start the hub again")
    corrector = corrector_of(base)
    if job.state is not None:
        corrector = corrector.restored(job.state)
    teach(corrector, map(store.decode, job.learn))
    correction = corrector.correction()
    if max(np.abs(correction.intercept).max(), np.abs(correction.slope).max(initial=0.0)) < LEAST_CHANGE:
        return Fruitless("the feedback so far corrects nothing")
    learned = job.learned + len(job.learn)
    making = folder / ".making"
    making.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=making))
    try:
        candidate = _write(fresh, base, job, learned, corrector.digest(), correction.intercept, correction.slope)
        if candidate.version in job.known:
            shutil.rmtree(fresh)
            why = f"{candidate.version} is known already: the feedback taught nothing new"
            return Fruitless(why, candidate.version)
        reports = folder / "reports" / candidate.version
        reports.mkdir(parents=True, exist_ok=True)
        current = base if job.current == job.base else OnnxScorer.load(folder / job.current)
        verdict = judge(current, candidate, job, reports)
        content = content_of(fresh)
        place(fresh, folder / candidate.version)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return Made(
        version=candidate.version,
        learned=learned,
        digest=corrector.digest(),
        content=content,
        verdict=verdict,
    )


def replay_log(shipped: Path, bodies: Sequence[bytes]) -> str:
    """The digest of a corrector that learned this log from nothing."""
    corrector = corrector_of(OnnxScorer.load(shipped))
    teach(corrector, map(store.decode, bodies))
    return corrector.digest()


def _write(
    fresh: Path,
    base: OnnxScorer,
    job: Job,
    learned: int,
    digest: str,
    intercept: Floats,
    slope: Floats,
) -> OnnxScorer:
    from models.graph import to_onnx  # here, because only the making of a model needs onnx

    shifted = base.model.shifted(intercept, slope)
    content = to_onnx(shifted)
    model_sha256 = hashlib.sha256(content).hexdigest()
    card = msgspec.structs.replace(
        base.card,
        format=CARD_FORMAT,
        version=f"{base.version}-{learned}-{model_sha256[:8]}",
        model_sha256=model_sha256,
        model_bytes=len(content),
        limits=f"{base.card.limits} Corrected by feedback; the figures above are those of {base.version} before it.",
        corrected=Corrected(parent=job.current, observations=learned, state_sha256=digest),
    )
    (fresh / MODEL_FILE).write_bytes(content)
    (fresh / CATALOGUE_FILE).write_bytes(encode_catalogue(base.catalogue))
    (fresh / CARD_FILE).write_bytes(encode_card(card))
    made = OnnxScorer.load(fresh)
    try_out(made)
    off = _off(base, made, intercept, slope)
    if off > PARITY:
        raise ArtefactError(f"candidate {card.version}: its scores are {off:.2g} off the correction; it is not used")
    (fresh / CARD_FILE).write_bytes(encode_card(msgspec.structs.replace(card, parity_max_abs=off)))
    return OnnxScorer.load(fresh)


def _off(
    base: OnnxScorer,
    made: OnnxScorer,
    intercept: Floats,
    slope: Floats,
) -> float:
    """How far the file's scores are from the base's plus the correction, at most, over typical customers."""
    rows = Rows(typical_rows(base.card.reference, base.space.raw_names, 256), {})
    before, after = base.score_rows(rows), made.score_rows(rows)
    wanted = before.score + intercept + before.encoded.astype(np.float64) @ slope
    return float(np.abs(after.score - wanted).max())


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker process is given: a job, or a log to replay."""

    folder: str
    shipped: str
    job: Job | None = None
    replay: tuple[bytes, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers: one of these."""

    made: Made | None = None
    fruitless: Fruitless | None = None
    digest: str = ""
    fault: str = ""


class ProcessWorkshop:
    """Makes candidates in a process of its own: the hub's loop shares neither interpreter nor memory with it."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        self._folder = folder
        self._shipped = shipped

    async def make(self, job: Job) -> Made | Fruitless:
        """See :class:`hub.learning.ports.Workshop`."""
        answer = await self._send(Errand(folder=str(self._folder), shipped=str(self._shipped), job=job))
        made = answer.made or answer.fruitless
        if made is None:
            raise HubError("the making of a candidate gave no answer: this is a fault of the hub, report it")
        return made

    async def replay(self, base: str, bodies: Sequence[bytes]) -> str:
        """See :class:`hub.learning.ports.Workshop`."""
        errand = Errand(folder=str(self._folder), shipped=str(self._shipped), replay=tuple(bodies))
        return (await self._send(errand)).digest

    async def _send(self, errand: Errand) -> Answer:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hub.learning.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            async with asyncio.timeout(_TOOK_TOO_LONG_S):
                said, _ = await worker.communicate(msgspec.msgpack.encode(errand))
        finally:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
        if worker.returncode != 0:
            raise HubError(f"the making of a candidate ended with code {worker.returncode}; the log above says why")
        answer = msgspec.msgpack.decode(said, type=Answer)
        if answer.fault:
            raise HubError(answer.fault)
        return answer
