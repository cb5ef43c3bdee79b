"""``signature.json``: what belongs to a published model, under whose signature. Pure but for the trust it is given.

``{"key": id, "manifest": {…}, "signature": base64}``. Signed are the bytes ``usher-model/1`` + LF + the manifest as
canonical JSON: UTF-8, no spaces, keys in order, whole numbers and texts only.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, NoReturn, Protocol

import msgspec

from models.errors import DowngradeRefused, SignatureRefused

SIGNATURE_FILE = "signature.json"
MODEL_FILE = "model.onnx"
CARD_FILE = "card.json"
CATALOGUE_FILE = "catalogue.json"

MAX_SIGNATURE_BYTES = 16 * 1024
MAX_FILE_BYTES = 64 * 1024 * 1024
FORMAT = 1

_DOMAIN = b"usher-model/1\n"

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}\Z")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Serial = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the artefact: its name, size in bytes and hash."""

    name: FileName
    size: Annotated[int, msgspec.Meta(ge=1, le=MAX_FILE_BYTES)]
    sha256: Sha256


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed.

    ``serial`` counts a bank's publications and never goes back: older content comes back under a new serial with
    ``rolls_back_to``, the version that it had. ``parents`` are the versions that it was made of; ``made_at`` is
    RFC 3339 in UTC.
    """

    format: int = FORMAT
    version: Text
    serial: Serial
    parents: tuple[Text, ...] = ()
    feature_hash: Text
    files: Annotated[tuple[FileEntry, ...], msgspec.Meta(min_length=1, max_length=16)]
    made_at: Text
    rolls_back_to: Text | None = None

    @property
    def digest(self) -> str:
        """sha256 of what is signed: two manifests with the same digest say the same."""
        return hashlib.sha256(canonical(self)).hexdigest()


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    manifest: msgspec.Raw
    signature: bytes


class Signer(Protocol):
    """Makes signatures."""

    def sign(self, content: bytes) -> bytes:
        """The signature of these bytes."""
        ...


class Verifier(Protocol):
    """Knows whose signatures count."""

    def verify(self, key_id: str, signature: bytes, content: bytes) -> None:
        """Raises ``UntrustedKey`` or ``SignatureRefused`` unless a trusted key signed these bytes."""
        ...


def canonical(manifest: Manifest) -> bytes:
    """The bytes that are signed."""
    return _DOMAIN + msgspec.json.encode(manifest, order="sorted")


def sign(manifest: Manifest, key_id: str, signer: Signer) -> bytes:
    """``signature.json`` for this manifest."""
    raw = msgspec.Raw(msgspec.json.encode(manifest, order="sorted"))
    envelope = _Envelope(key=key_id, manifest=raw, signature=signer.sign(canonical(manifest)))
    return msgspec.json.format(msgspec.json.encode(envelope), indent=1) + b"\n"


def read_signed(content: bytes, trust: Verifier, *, origin: str) -> tuple[Manifest, str]:
    """The manifest in a ``signature.json`` and the id of the trusted key that signed it.

    Raises ``SignatureRefused`` or ``UntrustedKey``, naming ``origin``. Nothing in it is believed before it is verified.
    """
    if len(content) > MAX_SIGNATURE_BYTES:
        raise SignatureRefused(f"{origin}: {len(content)} bytes, at most {MAX_SIGNATURE_BYTES}: not a signed manifest")
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
        signed = _DOMAIN + msgspec.json.encode(msgspec.json.decode(envelope.manifest), order="sorted")
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        _refuse(origin, error)
    trust.verify(envelope.key, envelope.signature, signed)
    try:
        manifest = msgspec.json.decode(signed[len(_DOMAIN) :], type=Manifest)
    except msgspec.DecodeError as error:
        _refuse(origin, error)
    if manifest.format != FORMAT:
        raise SignatureRefused(
            f"{origin}: manifest format {manifest.format}, this release reads {FORMAT}: install a newer Usher"
        )
    names = [file.name for file in manifest.files]
    if len(set(names)) != len(names) or SIGNATURE_FILE in names:
        raise SignatureRefused(f"{origin}: lists a file twice, or itself: seal the model again")
    return manifest, envelope.key


def check_serial(manifest: Manifest, *, floor: int, floor_digest: str | None, origin: str) -> None:
    """Raises ``DowngradeRefused`` for a serial below ``floor``, or for other content under the floor's own serial."""
    if manifest.serial < floor:
        raise DowngradeRefused(
            f"{origin}: serial {manifest.serial}, serial {floor} was taken already: "
            "to go back, publish the older content under a new serial with rolls_back_to"
        )
    if manifest.serial == floor and floor_digest is not None and manifest.digest != floor_digest:
        raise DowngradeRefused(
            f"{origin}: serial {floor} was taken already with other content: give every publication its own serial"
        )


def _refuse(origin: str, error: Exception) -> NoReturn:
    raise SignatureRefused(f"{origin}: not a signed manifest: {error}; seal the model again") from error
