"""Opening a talk model's folder: the files are those of its card, and the ONNX session is ready.

Needs the package `onnxruntime` (extra `edge` or `hub`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import ArtefactError
from models.talk.sets.card import TalkCard, decode_card

if TYPE_CHECKING:
    import onnxruntime

FOLDER = Path(__file__).resolve().parents[2] / "artifacts" / "talk"
"""Where the models that come with Usher lie, one folder each."""

MODEL_FILE, CARD_FILE = "model.onnx", "card.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model that was checked against its card."""

    folder: Path
    card: TalkCard
    session: onnxruntime.InferenceSession


def open_artefact(folder: Path) -> Artefact:
    """The model in ``folder``; `ArtefactError` when a file is missing or altered or onnxruntime is not installed."""
    card = decode_card(_read(folder / CARD_FILE), origin=str(folder / CARD_FILE))
    contents = {name: _read(folder / name) for name in card.files}
    for name, content in contents.items():
        digest = hashlib.sha256(content).hexdigest()
        if digest != card.files[name]:
            raise ArtefactError(
                f"{folder / name}: sha256 is {digest}, the card says {card.files[name]}: the file is damaged or "
                "altered; install or train the model again"
            )
    if MODEL_FILE not in contents:
        raise ArtefactError(f"{folder / CARD_FILE}: does not name {MODEL_FILE}; train the model again")
    return Artefact(folder, card, session(contents[MODEL_FILE], origin=str(folder / MODEL_FILE)))


def session(model: bytes, *, origin: str) -> onnxruntime.InferenceSession:
    """A session on one thread; weights kept in few bits are unpacked once, when it is made."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ArtefactError("the package `onnxruntime` is not here: pip install 'usher[edge]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base but Exception
        raise ArtefactError(f"{origin}: not a usable model: {error}; install or train it again") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read: {error.strerror}; install or train the model again") from error
