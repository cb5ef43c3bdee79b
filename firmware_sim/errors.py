"""Errors of this package.

``SimulationError`` (base)
└── ``DemoError``: a process of the demo ended or did not get ready, or this machine lacks what the demo was asked for;
    says which, and where its log is or what to install
"""


class SimulationError(Exception):
    """Base of the errors of ``firmware_sim``."""


class DemoError(SimulationError):
    """The demo can't be played, or not to its end."""
