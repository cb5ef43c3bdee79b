"""Every fault of the package, in one tree.

ModelsError
├── CatalogueError    a catalogue file does not say what it must
├── FeatureError      a customer record cannot become a feature vector
├── ArtefactError     a model directory is incomplete, altered or made for other features
├── DatasetError      a data set cannot be used
│   ├── DatasetMissing    it is not on this machine
│   ├── DatasetCorrupt    its bytes, columns or values are not the registered ones
│   └── FetchError        it could not be downloaded
├── TrainingError     a training run cannot give an honest model
└── RegistryError     a published model cannot be used or kept
    ├── KeyFileError      a key file cannot be read, written or is no Ed25519 key
    ├── SignatureRefused  the signature is missing, broken or not that of its manifest
    ├── UntrustedKey      signed by a key that is not trusted here
    ├── AlteredFile       a file is missing, altered, too large or not in the manifest
    ├── ForeignFeatures   made for other features than this program computes
    ├── DowngradeRefused  older than what was taken before, without a signed roll-back
    └── UnfitModel        verified, and yet it does not work here
"""


class ModelsError(Exception):
    """Base of every fault raised by `models`."""


class CatalogueError(ModelsError):
    """A catalogue file does not say what it must."""


class FeatureError(ModelsError):
    """A customer record cannot become a feature vector."""


class ArtefactError(ModelsError):
    """A model directory is incomplete, altered or made for other features."""


class DatasetError(ModelsError):
    """A data set cannot be used."""


class DatasetMissing(DatasetError):
    """A data set is not on this machine."""


class DatasetCorrupt(DatasetError):
    """A data set's bytes, columns or values are not the registered ones."""


class FetchError(DatasetError):
    """A data set could not be downloaded."""


class TrainingError(ModelsError):
    """A training run cannot give an honest model."""


class RegistryError(ModelsError):
    """A published model cannot be used or kept."""


class KeyFileError(RegistryError):
    """A key file cannot be read, written or is no Ed25519 key."""


class SignatureRefused(RegistryError):
    """The signature is missing, broken or not that of its manifest."""


class UntrustedKey(RegistryError):
    """Signed by a key that is not trusted here."""


class AlteredFile(RegistryError):
    """A file is missing, altered, too large or not in the manifest."""


class ForeignFeatures(RegistryError):
    """Made for other features than this program computes."""


class DowngradeRefused(RegistryError):
    """Older than what was taken before, without a signed roll-back."""


class UnfitModel(RegistryError):
    """Verified, and yet it does not work here."""
