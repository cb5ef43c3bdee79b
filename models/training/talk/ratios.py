"""Learning the likelihood ratios of a talk: ``python -m models.training.talk.ratios`` writes `ratios.json`.

Turns of customers that people marked (Schema-Guided Dialogue: AFFIRM_INTENT and NEGATE_INTENT; NLU++: affirm, deny or
neither) are read by the talk's own rules, with a product of the demonstration catalogue as what was offered. The same
data and rules give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.datasets.location import data_folders
from models.errors import DatasetMissing
from models.talk.context import Context, Topic
from models.talk.evidence import About, Kind
from models.talk.lexicon import Lexicon
from models.talk.ratios import Reviews, Shown, TalkRatios, Turns, encode_ratios, learned_ratios, review_ratio
from models.talk.sets.artefacts import FOLDER
from models.talk.sets.nlupp import load_nlupp
from models.talk.sets.sentineg import FAVOURABLE, SentiNegModel, load_sentineg
from models.talk.sets.sgd_banks import ACCEPT, REFUSE, load_sgd_banks
from models.talk.sets.zh_absa import POSITIVE, TERM, ZhAbsaModel, load_zh_absa
from models.talk.signals import Speaker, Utterance
from models.talk.understanding import hear

RATIOS_FILE = "ratios.json"
Marked = tuple[str, Shown]
"""What was said, and what people marked it as."""


def find_set(name: str) -> Path:
    """The set's folder; `DatasetMissing` says where it was looked for."""
    looked = [folder / name for folder in data_folders()]
    for folder in looked:
        if folder.is_dir():
            return folder
    raise DatasetMissing(f"no folder {' or '.join(map(str, looked))}; set USHER_DATA")


def sgd_turns(path: Path) -> list[Marked]:
    """The answers to offers in Schema-Guided Dialogue."""
    meaning: dict[str, Shown] = {ACCEPT: "taken_up", REFUSE: "turned_down"}
    return [(reply.text, meaning[reply.answer]) for reply in load_sgd_banks(path) if reply.answer in meaning]


def nlupp_turns(path: Path) -> list[Marked]:
    """The utterances of NLU++ that affirm, deny or do neither; those that do both are left out."""
    found: list[Marked] = []
    for one in load_nlupp(path):
        affirms, denies = "affirm" in one.intents, "deny" in one.intents
        if affirms and denies:
            continue
        found.append((one.text, "taken_up" if affirms else "turned_down" if denies else "neither"))
    return found


def read_turns(source: str, marked: Iterable[Marked], catalogue: Catalogue) -> tuple[Turns, ...]:
    """How the rules read the turns: an offer of a product was made before; before those that do neither it was only
    spoken of. Signals about anything else don't count."""
    lexicon = Lexicon.of(catalogue)
    topic = Topic(About.PRODUCT, catalogue.product_codes[0])
    offered = Context(named=((topic,),), offered=(topic,), asked="offer")
    named = Context(named=((topic,),))
    turns: Counter[Shown] = Counter()
    read: dict[Shown, Counter[Kind]] = {}
    for text, shown in marked:
        said = Utterance(index=1, text=text, language="en", speaker=Speaker.CUSTOMER)
        _, signals = hear(named if shown == "neither" else offered, said, lexicon)
        turns[shown] += 1
        kinds = {Kind(signal.kind.value) for signal in signals if signal.subject == topic.subject}
        read.setdefault(shown, Counter()).update(kinds)
    return tuple(Turns(source, "en", shown, turns[shown], dict(sorted(read[shown].items()))) for shown in sorted(turns))


def reviews(source: str, language: str, truth: Sequence[bool], read: Sequence[bool]) -> Reviews:
    """How favourable (True) and unfavourable reviews were read."""
    favourable = sum(truth)
    right = sum(said for true, said in zip(truth, read, strict=True) if true)
    wrong = sum(said for true, said in zip(truth, read, strict=True) if not true)
    unfavourable = len(truth) - favourable
    ratio = review_ratio(favourable, right, unfavourable, wrong)
    return Reviews(source, language, favourable, right, unfavourable, wrong, ratio)


def learn() -> TalkRatios:
    """The ratios from the data sets on this machine and the models that come with Usher."""
    catalogue = load_catalogue("simbank")
    korean = load_sentineg(find_set("sentineg") / "kobest_sentineg_dev.tsv")
    read_korean = SentiNegModel().predict([one.text for one in korean])
    chinese = [row for row in load_zh_absa(find_set("zh-absa")) if row.kind == TERM and row.held_out]
    read_chinese = ZhAbsaModel().predict(chinese)
    return learned_ratios(
        (
            *read_turns("sgd-banks", sgd_turns(find_set("sgd-banks")), catalogue),
            *read_turns("nlupp", nlupp_turns(find_set("nlupp")), catalogue),
        ),
        (
            reviews(
                "sentineg dev",
                "ko",
                [one.label == FAVOURABLE for one in korean],
                [label == FAVOURABLE for label in read_korean],
            ),
            reviews(
                "zh-absa terms held out",
                "zh",
                [row.label == POSITIVE for row in chinese],
                [label == POSITIVE for label in read_chinese],
            ),
        ),
    )


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=FOLDER / RATIOS_FILE, help="Where to write."
)
def main(out: Path) -> None:
    """Learn the likelihood ratios and write them."""
    ratios = learn()
    out.write_bytes(encode_ratios(ratios))
    click.echo(f"interest {ratios.interest}, refusal {ratios.refusal}; declared: {', '.join(ratios.declared)}")


if __name__ == "__main__":
    main()
