"""Public data sets: where they are, how to get them, how to know that they are the right ones. None is in the
repository."""

from models.datasets.coil2000 import Coil2000, load_coil2000
from models.datasets.location import find_dataset
from models.datasets.registry import DatasetEntry, dataset_entries, dataset_entry
from models.splits import split_of

__all__ = ["Coil2000", "DatasetEntry", "dataset_entries", "dataset_entry", "find_dataset", "load_coil2000", "split_of"]
