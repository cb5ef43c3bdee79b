"""The policy's funnel: who may be offered what, by declared rules, and in which order. Pure (W-05)."""

from models.policy.facts import Contact, CustomerFacts
from models.policy.funnel import Funnel, RankedProduct, Stage, Tag, predicted_tags
from models.policy.policy import Plan, Policy
from models.policy.removal import Removed, Rule, removal_text

__all__ = [
    "Contact",
    "CustomerFacts",
    "Funnel",
    "Plan",
    "Policy",
    "RankedProduct",
    "Removed",
    "Rule",
    "Stage",
    "Tag",
    "predicted_tags",
    "removal_text",
]
