"""Who comes to the branch: real customers where the data is there, else the simulated bank's; and what they say."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from contracts.fields import Language
from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.customers import CustomerRecord
from models.datasets import dataset_entry, find_dataset
from models.datasets.fetch import fetch_dataset
from models.datasets.location import fetch_folder
from models.errors import DatasetMissing, ModelsError
from models.population import open_customers
from models.simulation import brought_to

FETCH_TIMEOUT_S = 20.0


class Bank(msgspec.Struct, frozen=True, kw_only=True):
    """The customers of the morning, each with a product hidden from the analysis; their origin; the model."""

    data: str
    told: str
    artifact: str
    customers: tuple[CustomerRecord, ...]
    catalogue: Catalogue


async def find_bank(wanted: str, *, most: int, seed: int) -> Bank:
    """The bank ``wanted``: ``coil2000``, ``simbank``, or ``auto`` (real data here, else fetched, else simulated)."""
    reason = "asked for"
    if wanted != "simbank":
        try:
            return await _real(most, seed)
        except (ModelsError, OSError, TimeoutError) as error:
            if wanted == "coil2000":
                raise
            reason = str(error) or "the download took too long"
    return _bank("simbank", f"bank simulator, no real customers ({reason})", most, seed)


async def _real(most: int, seed: int) -> Bank:
    entry = dataset_entry("coil2000")
    try:
        find_dataset(entry)
    except DatasetMissing:
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            await asyncio.to_thread(fetch_dataset, entry, fetch_folder())
    return _bank("coil2000", f"real customers of {entry.title}, rows the model was not trained on", most, seed)


def _bank(name: str, told: str, most: int, seed: int) -> Bank:
    everyone = list(open_customers(name, split="test", seed=seed, count=most))
    if name == "simbank":
        # The hub counts events back from its own clock; the simulated bank's tables are of a fixed day.
        now = datetime.now(UTC)
        everyone = [brought_to(one, now) for one in everyone]
    random.Random(f"customers/{seed}").shuffle(everyone)
    return Bank(data=name, told=told, artifact=name, customers=tuple(everyone[:most]), catalogue=load_catalogue(name))


_OPENINGS = {
    Language.EN: ("Good morning, I came about my {business}.", "I've been thinking about {product}."),
    Language.ZH: ("早上好，我来办{business}。", "我在考虑{product}。"),
    Language.KO: ("안녕하세요, {business} 때문에 왔습니다.", "{product}에 관심이 있어요."),
}


def lines_of_talk(catalogue: Catalogue, business: str, product: str, language: Language) -> Sequence[str]:
    """What is typed or spoken of the talk: why the customer came, and what they want."""
    named = {
        "business": catalogue.business_named(business).names.get(language.value),
        "product": catalogue.product_named(product).names.get(language.value),
    }
    return [line.format(**named) for line in _OPENINGS[language]]
