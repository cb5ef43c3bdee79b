"""Errors of this package.

``SimulationError`` (base)
└── ``DemoError``: a process of the demo ended or did not get ready; says which, and where its log is
"""


class SimulationError(Exception):
    """Base of the errors of ``firmware_sim``."""


class DemoError(SimulationError):
    """A process of the demo ended or did not get ready."""
