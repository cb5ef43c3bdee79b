"""The hub's folder of models: each version in a directory of its own, sealed with the hub's key when it is released.

::

    MODELS/VERSION/             model.onnx, catalogue.json, card.json, and signature.json once it was released
    MODELS/reports/VERSION/     what the gate said: gate.html, gate.json
    MODELS/.making/             where candidates are made, moved to their place when they are whole
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hub.learning.model import Version
from hub.learning.ports import Analyst, Corrector
from models.correcting import corrector_of
from models.drift import Drift
from models.errors import ArtefactError, RegistryError
from models.features import Rows
from models.ranking import Ranker
from models.registry import PublicKey, Sealed, SigningKey, Trust, open_sealed, seal
from models.registry.artefact import FILES
from models.registry.manifest import MODEL_FILE
from models.scorer import OnnxScorer

log = logging.getLogger(__name__)

PRIVATE_KEY = "models.pem"
PUBLIC_KEY = "models.pub"
REPORT = "gate.html"
"""As :mod:`models.evaluation.report` names it, which this process need not load."""


def own_key(folder: Path) -> SigningKey:
    """The hub's signing key in ``folder``, made at the first start; its public half lies beside it for the devices.

    Raises ``ModelsError`` for a key that can't be read or written, or that others may read.
    """
    private, public = folder / PRIVATE_KEY, folder / PUBLIC_KEY
    if private.exists():
        key = SigningKey.load(private)
    else:
        key = SigningKey.generate()
        key.save(private)
        log.info("signing_key_made file=%s id=%s: devices must trust %s", private, key.public.id, public)
    if not public.exists() or PublicKey.load(public).id != key.public.id:
        key.save_public(public)
    return key


class ModelFolder:
    """Versions on disk; ``shipped`` is the directory of the model that came with the hub."""

    def __init__(self, folder: Path, shipped: Path, key: SigningKey, trust: Trust) -> None:
        self.folder = folder
        self._shipped = shipped
        self._key = key
        self._trust = trust
        self._scorer = OnnxScorer.load(shipped)
        shutil.rmtree(folder / ".making", ignore_errors=True)  # what was begun when the hub died

    @property
    def base(self) -> str:
        """The version that came with the hub."""
        return self._scorer.version

    @property
    def feature_hash(self) -> str:
        """Which input all of its versions take."""
        return self._scorer.feature_hash

    @property
    def scorer(self) -> OnnxScorer:
        """The model that came with the hub."""
        return self._scorer

    def directory(self, version: str) -> Path:
        """Where a version lies."""
        return self.folder / version

    def release(self, version: Version) -> tuple[Analyst, Sealed]:
        """The version loaded and sealed under its serial; see :class:`hub.learning.ports.Models`."""
        directory = self.directory(version.version)
        try:
            if version.version == self.base:
                self._take_base(directory)
            elif content_of(directory) != version.content:
                raise ArtefactError(f"{directory}: not the bytes that passed the gate: damaged or altered")
        except OSError as error:
            raise ArtefactError(f"{directory}: {error.strerror}; check the folder") from error
        scorer = OnnxScorer.load(directory)
        scorer.prepare()
        if (scorer.version, scorer.feature_hash) != (version.version, self._scorer.feature_hash):
            raise ArtefactError(
                f"{directory}: is {scorer.version} for features {scorer.feature_hash[:12]}, not wanted here"
            )
        try_out(scorer)
        return Ranker(scorer), self._sealed(directory, version)

    def prune(self, versions: Sequence[str]) -> None:
        """Remove the files of these versions, where there are any; see :class:`hub.learning.ports.Models`."""
        for version in versions:
            directory = self.directory(version)
            # A version's name comes from a database: nothing but a model in this very folder is ever removed.
            if version != directory.name or version == self.base or not (directory / MODEL_FILE).is_file():
                continue
            try:
                shutil.rmtree(directory)
                log.info("model_pruned version=%s", version)
            except OSError as error:
                log.warning("model_not_pruned version=%s why=%r: its files only take up room", version, str(error))

    def corrector(self) -> Corrector:
        """A corrector of the base that has learned nothing."""
        return corrector_of(self._scorer)

    def drift(self) -> Drift | None:
        """Counts the visits' input rows beside those of the base's training."""
        reference = self._scorer.card.reference
        return Drift(self._scorer.space, reference) if reference else None

    def report(self, version: str) -> bytes | None:
        """The gate's report as HTML, where there is one."""
        if version != Path(version).name:
            return None
        path = self.folder / "reports" / version / REPORT
        return path.read_bytes() if path.is_file() else None

    def _sealed(self, directory: Path, version: Version) -> Sealed:
        assert version.released_at is not None
        try:
            sealed = open_sealed(directory, self._trust)
            if (sealed.serial, sealed.key_id) == (version.serial, self._key.public.id):
                return sealed
        except RegistryError:
            pass  # it was never sealed, or with a key that is no longer trusted; its content was compared just before
        return seal(
            directory,
            self._key,
            serial=version.serial,
            made_at=version.released_at,
            parents=(version.parent,) if version.parent else (),
            rolls_back_to=version.version if version.rolls_back else None,
        )

    def _take_base(self, directory: Path) -> None:
        """A copy of the shipped model that can be sealed; the same bytes, or it is copied again."""
        if directory.is_dir() and content_of(directory) == content_of(self._shipped):
            return
        fresh = self.folder / ".making" / directory.name
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name in FILES:
            if (self._shipped / name).is_file():
                shutil.copy(self._shipped / name, fresh / name)
        place(fresh, directory)


def try_out(scorer: OnnxScorer) -> None:
    """Score a customer of whom nothing is known; raises ``ModelsError`` when no probabilities come of it."""
    row = np.full((1, scorer.space.raw_size), np.nan, dtype=np.float32)
    row[:, scorer.space.products_start :] = 0.0
    probability = scorer.score_rows(Rows(row, {})).probability
    if not (np.isfinite(probability).all() and abs(float(probability.sum()) - 1.0) < 1e-3):
        raise ArtefactError(f"model {scorer.version}: its probabilities are no probabilities; make it again")


def place(fresh: Path, directory: Path) -> None:
    """Move a finished directory to its place, over one that is damaged."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(directory)


def content_of(directory: Path) -> str:
    """sha256 over the files of a model, without its signature; raises ``ModelsError`` when there is no model."""
    digest = hashlib.sha256()
    found = False
    for name in FILES:
        path = directory / name
        if path.is_file():
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
            found = True
    if not found:
        raise ArtefactError(f"{directory}: no model is there")
    return digest.hexdigest()
