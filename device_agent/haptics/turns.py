"""One voice for several who speak: it says the latest, and only whose words it says may stop it."""

from contracts.fields import Language
from device_agent.haptics.port import Speaker


class SpeakersTurns:
    """Shares a speaker; who asked it last has it until then another does."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._whose: Turn | None = None

    def turn(self) -> "Turn":
        """Another who speaks."""
        return Turn(self)

    def say(self, whose: "Turn", text: str, language: Language) -> None:
        """Take the speaker over."""
        if text.strip():
            self._whose = whose
        self._speaker.say(text, language)

    def stop(self, whose: "Turn") -> None:
        """Fall silent, unless another has taken it over."""
        if self._whose is whose:
            self._whose = None
            self._speaker.stop()


class Turn:
    """A :class:`~device_agent.haptics.port.Speaker` that shares its voice with others."""

    def __init__(self, shared: SpeakersTurns) -> None:
        self._shared = shared

    def say(self, text: str, language: Language) -> None:
        self._shared.say(self, text, language)

    def stop(self) -> None:
        self._shared.stop(self)
