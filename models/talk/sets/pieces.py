"""Text → word pieces, by the vocabulary that a model was trained with.

Needs the package `tokenizers`. Source: Y. Wu et al., "Google's Neural Machine Translation System", 2016 (WordPiece);
J. Devlin et al., "BERT", NAACL 2019 (lower case, accents stripped, one special piece at either end).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models.errors import ArtefactError

PAD, UNKNOWN, CLASS, SEPARATOR = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL = (PAD, UNKNOWN, CLASS, SEPARATOR)
"""The first pieces of every vocabulary, in this order; so `PAD` is 0."""

LONGEST = 160
"""Pieces of one text that are looked at, the special ones among them; what follows is cut off."""

_MISSING = "the package `tokenizers` is not here: pip install 'usher[speech]'"


@dataclass(frozen=True, slots=True)
class Pieces:
    """One text for the encoder. ``ids``; ``segments``: 0 for the first text, 1 for the second; ``spans``: each piece's
    characters, end exclusive, (0, 0) for special ones."""

    ids: tuple[int, ...]
    segments: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


class WordPieces:
    """Splits texts into the pieces of a vocabulary (`SPECIAL` first)."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        try:
            from tokenizers import Tokenizer
            from tokenizers.models import WordPiece
            from tokenizers.normalizers import BertNormalizer
            from tokenizers.pre_tokenizers import BertPreTokenizer
        except ImportError as error:
            raise ArtefactError(_MISSING) from error
        if tuple(vocabulary[: len(SPECIAL)]) != SPECIAL:
            raise ArtefactError(f"a vocabulary begins with {', '.join(SPECIAL)}, this one with {vocabulary[:4]}")
        ids = {piece: at for at, piece in enumerate(vocabulary)}
        self.size = len(vocabulary)
        self._class, self._separator = ids[CLASS], ids[SEPARATOR]
        self._tokenizer = Tokenizer(WordPiece(ids, unk_token=UNKNOWN))
        self._tokenizer.normalizer = BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = BertPreTokenizer()

    @classmethod
    def load(cls, path: Path) -> WordPieces:
        """The vocabulary in the file at ``path``, a JSON list; `ArtefactError` when it can't be used."""
        try:
            return cls(msgspec.json.decode(path.read_bytes(), type=list[str]))
        except OSError as error:
            raise ArtefactError(f"{path}: cannot be read: {error.strerror}; install Usher again") from error
        except msgspec.DecodeError as error:
            raise ArtefactError(f"{path}: not a vocabulary: {error}; install or train the model again") from error

    def one(self, text: str) -> Pieces:
        """A text alone."""
        return self._joined([text])

    def pair(self, before: str, text: str) -> Pieces:
        """A text and what was said before it; of a long ``before`` the end is kept."""
        return self._joined([before, text])

    def _joined(self, texts: Sequence[str]) -> Pieces:
        ids, segments, spans = [self._class], [0], [(0, 0)]
        encoded = [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]
        room = LONGEST - 1 - len(texts)
        last = min(len(encoded[-1].ids), room)
        for at, one in enumerate(encoded):
            kept = slice(0, last) if at == len(encoded) - 1 else slice(max(0, len(one.ids) - (room - last)), None)
            ids += [*one.ids[kept], self._separator]
            spans += [*one.offsets[kept], (0, 0)]
            segments += [at] * (len(ids) - len(segments))
        return Pieces(tuple(ids), tuple(segments), tuple(spans))


def covering(spans: Sequence[tuple[int, int]], start: int, end: int) -> list[int]:
    """The positions of the pieces that overlap the characters ``start`` to ``end``; empty if they were cut off."""
    return [at for at, (first, last) in enumerate(spans) if first < end and last > start]
