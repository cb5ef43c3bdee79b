"""One description for any bank: a TOML file that names its tables and columns (docs/models/bank-spec.md)."""

from models.spec.errors import SpecError, TableError
from models.spec.parse import load_spec, parse_spec
from models.spec.spec import BankSpec

__all__ = ["BankSpec", "SpecError", "TableError", "load_spec", "parse_spec"]
