"""The public sets that `usher talk evaluate` knows, and where each one's evaluation lives."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from models.talk.sets.report import Report


@dataclass(frozen=True, slots=True)
class TalkSet:
    """A public set. ``files``: what `--data` may name, for people. ``module``: has `evaluate(path) -> Report`.

    The module is loaded when it is needed: one set's libraries are no reason not to measure another.
    """

    name: str
    title: str
    licence: str
    source: str
    task: str
    files: str
    module: str

    def evaluate(self, path: Path) -> Report:
        """The figures of the shipped model on the rows in ``path``; a `ModelsError` says what is wrong with them."""
        evaluate = cast("Callable[[Path], Report]", importlib.import_module(self.module).evaluate)
        return evaluate(path)


SETS: dict[str, TalkSet] = {
    one.name: one
    for one in (
        TalkSet(
            "mams",
            "MAMS aspect terms (Jiang et al., EMNLP 2019)",
            "Apache-2.0",
            "https://github.com/siat-nlp/MAMS-for-ABSA",
            "polarity of an aspect term: negative, neutral, positive",
            ".xml or .xml.gz, <sentences> of <sentence> with <text> and <aspectTerms>",
            "models.talk.sets.mams",
        ),
        TalkSet(
            "zh-absa",
            "Chinese aspect sentiment: camera, car, notebook, phone; ASAP reviews",
            "MIT / Apache-2.0",
            "https://aclanthology.org/2021.naacl-main.167",
            "polarity of an aspect",
            ".txt of three lines a row ($T$ marks the aspect), or ASAP's .csv; also .gz",
            "models.talk.sets.zh_absa",
        ),
        TalkSet(
            "sentineg",
            "KoBEST SentiNeg (Kim et al., COLING 2022)",
            "CC BY-SA 4.0",
            "https://aclanthology.org/2022.coling-1.325",
            "polarity of a Korean sentence, negated ones among them: 0, 1",
            ".tsv or .tsv.gz with columns Text and Label",
            "models.talk.sets.sentineg",
        ),
        TalkSet(
            "sgd-banks",
            "Schema-Guided Dialogue, bank dialogues (Rastogi et al., AAAI 2020)",
            "CC BY-SA 4.0",
            "https://github.com/google-research-datasets/dstc8-schema-guided-dialogue",
            "an answer to an offer: accept (AFFIRM_INTENT), refuse (NEGATE_INTENT)",
            ".json or .json.gz, a list of dialogues with turns, frames and actions",
            "models.talk.sets.sgd_banks",
        ),
        TalkSet(
            "banking77",
            "BANKING77 (Casanueva et al., NLP4ConvAI 2020)",
            "CC BY 4.0",
            "https://aclanthology.org/2020.nlp4convai-1.5",
            "one of 77 intents",
            ".csv or .csv.gz with columns text and category",
            "models.talk.sets.banking77",
        ),
        TalkSet(
            "nlupp",
            "NLU++ banking (Casanueva et al., NAACL Findings 2022)",
            "CC BY 4.0",
            "https://aclanthology.org/2022.findings-naacl.154",
            "any number of intents at once, affirm and deny among them",
            ".json or .json.gz, a list of objects with text and intents",
            "models.talk.sets.nlupp",
        ),
    )
}
"""By name, in the order in which they are listed."""
