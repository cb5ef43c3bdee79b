"""Which engine recognises which language in a recognising process."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from hub.hearing.wyoming_engine import WyomingEngine
from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from runtime.speech.errors import SpeechError
from runtime.speech.port import Engine

log = logging.getLogger(__name__)

THREADS = 1
"""A process has one core: the pool has as many processes as may work at once."""


def engines_for(languages: Sequence[str], choice: str, wyoming: str, reach: str) -> dict[str, Engine]:
    """The engine of each language that one was found for, warm; what can't be used is logged and left out.

    Raises ``HubError`` for a Wyoming address that isn't allowed.
    """
    if wyoming:
        remote: Engine = WyomingEngine(wyoming, reach, languages)
        return dict.fromkeys(languages, remote)
    engines = Engines(EngineSettings(engine=EngineKind(choice), threads=THREADS))
    found: dict[str, Engine] = {}
    for language in languages:
        chosen = engines.choose(language)
        if chosen.engine is None:
            log.warning("engine_missing language=%s why=%r", language, chosen.why)
            continue
        try:
            chosen.engine.warm()
        except SpeechError as error:
            log.warning("engine_unusable language=%s why=%r", language, str(error))
        else:
            found[language] = chosen.engine
    return found
