"""What a kiosk may suggest to a customer in front of it, where a bystander sees it, too. Pure (K-12)."""

from models.catalogue import Catalogue
from models.policy import Funnel

MOST = 3
"""Products beside a ticket."""


def discreet(demand: Funnel, catalogue: Catalogue, business: str) -> tuple[str, ...]:
    """Products of the business that the customer came for, of what the rules let through, best first by the model.

    Only these: the same ones are suggested to anybody who comes for that business, and of what isn't among the first
    nobody can tell whether the customer has it already or would hardly want it.
    """
    categories = frozenset(catalogue.business_named(business).categories)
    return tuple(code for code in demand.offered if catalogue.product_named(code).category in categories)[:MOST]
