"""Every fault of the package, in one tree.

ModelsError
├── CatalogueError    a catalogue file does not say what it must
├── FeatureError      a customer record cannot become a feature vector
├── ArtefactError     a model directory is incomplete, altered or made for other features
├── DatasetError      a data set cannot be used
│   ├── DatasetMissing    it is not on this machine
│   ├── DatasetCorrupt    its bytes, columns or values are not the registered ones
│   └── FetchError        it could not be downloaded
└── TrainingError     a training run cannot give an honest model
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
