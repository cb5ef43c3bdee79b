"""How long to wait before trying again: exponential with full jitter, so that a fleet doesn't come back all at once.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
"""

import random


def full_jitter(attempt: int, *, first_s: float, most_s: float, chance: random.Random) -> float:
    """Seconds to wait before try number ``attempt`` (from 0): uniform, 10 % to 100 % of min(most, first·2^attempt)."""
    ceiling = min(most_s, first_s * 2.0 ** min(attempt, 32))
    return chance.uniform(0.1 * ceiling, ceiling)
