"""What can be wrong with a bank's description and its tables."""

from models.errors import ModelsError


class SpecError(ModelsError):
    """A bank's description does not say what it must: names the file, the key, what is wrong and what is allowed."""


class TableError(ModelsError):
    """A bank's table is not what its description says: names the file, the column, the row, the value, what to do."""
