"""Patterns of alerts as data: what a settings file may say, and what the advisor's own settings make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import Urgency
from device_agent.core.alerts import AlertPatterns, Channel, PatternStep, felt
from device_agent.core.preferences import Preferences, Strength
from device_agent.settings import FileSettings
from runtime.config import parse_config
from runtime.errors import ConfigError

FULL = PatternStep(after_s=0, channels=tuple(Channel), pulses_ms=(100, 50, 100), strength_percent=70)
STEP = "[[alerts.urgent.steps]]\n"


@pytest.mark.req("W-07")
def test_urgent_and_ordinary_are_told_apart_and_both_end() -> None:
    patterns = AlertPatterns()
    ordinary, urgent = patterns.of(Urgency.ORDINARY), patterns.of(Urgency.URGENT)
    assert [step.after_s for step in ordinary.steps] == [0, 20]
    assert [step.after_s for step in urgent.steps] == [0, 8, 20]
    assert all(Channel.VIBRATION in step.channels for step in (*ordinary.steps, *urgent.steps))
    assert ordinary.steps[1].strength_percent > ordinary.steps[0].strength_percent
    assert [Channel.VOICE in step.channels for step in urgent.steps] == [False, False, True]
    assert Channel.RING not in {channel for step in ordinary.steps for channel in step.channels}


@pytest.mark.req("W-07")
def test_a_settings_file_may_bring_its_own_steps() -> None:
    text = (
        f'{STEP}after_s = 0\nchannels = ["vibration", "text"]\npulses_ms = [100, 50, 100]\nstrength_percent = 40\n'
        f'{STEP}after_s = 5.5\nchannels = ["voice"]\n'
    )
    urgent = parse_config(text, FileSettings, origin="watch.toml").alerts.urgent
    assert [(step.after_s, step.channels) for step in urgent.steps] == [
        (0, (Channel.VIBRATION, Channel.TEXT)),
        (5.5, (Channel.VOICE,)),
    ]
    assert urgent.steps[0].pulses_ms == (100, 50, 100)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('after_s = 3\nchannels = ["text"]\n', "first step must be at after_s = 0"),
        ("after_s = 0\nchannels = []\n", "alerts.urgent.steps[0].channels"),
        ('after_s = 0\nchannels = ["smell"]\n', "smell"),
        ('after_s = 0\nchannels = ["text", "text"]\n', "name each channel once"),
        ('after_s = 0\nchannels = ["vibration"]\n', "give both or neither"),
        ('after_s = 0\nchannels = ["text"]\npulses_ms = [100]\n', "give both or neither"),
        ('after_s = 0\nchannels = ["vibration"]\npulses_ms = [100, 50]\n', "give an odd number"),
        ('after_s = 0\nchannels = ["vibration"]\npulses_ms = [5]\n', "pulses_ms"),
        ('after_s = 0\nchannels = ["vibration"]\npulses_ms = [2000, 2000, 2000]\n', "stay within 5000 ms"),
        ('after_s = 0\nchannels = ["vibration"]\npulses_ms = [100]\nstrength_percent = 0\n', "strength_percent"),
        ('after_s = 0\nchannels = ["text"]\nrepeat = true\n', "unknown key 'repeat'"),
        (
            f'after_s = 0\nchannels = ["text"]\n{STEP}after_s = 0\nchannels = ["text"]\n',
            "must come after the one before",
        ),
        (f'after_s = 0\nchannels = ["text"]\n{STEP}after_s = 121\nchannels = ["text"]\n', "after_s"),
        (
            "".join(f'after_s = {at}\nchannels = ["text"]\n{STEP}' for at in range(6))
            + 'after_s = 9\nchannels = ["text"]\n',
            "length",
        ),
    ],
)
def test_a_pattern_that_no_wrist_could_do_is_named(text: str, named: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_config(STEP + text, FileSettings, origin="watch.toml")
    assert named in str(raised.value)
    assert str(raised.value).startswith("watch.toml: alerts.urgent")


def test_the_old_shape_of_a_pattern_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match="Allowed: steps"):
        parse_config('[alerts.urgent]\nchannels = ["ring"]\npulses_ms = [100]\n', FileSettings, origin="watch.toml")


@pytest.mark.req("W-07")
@given(
    st.builds(
        Preferences, vibration=st.sampled_from(Strength), ring=st.booleans(), voice=st.booleans(), quiet=st.booleans()
    )
)
def test_the_advisor_turns_channels_off_but_never_the_text(preferences: Preferences) -> None:
    what = felt(FULL, preferences)
    assert Channel.TEXT in what.channels
    assert (Channel.RING in what.channels) == preferences.ring
    assert (Channel.VOICE in what.channels) == preferences.voice
    moves = preferences.vibration is not Strength.OFF
    assert (Channel.VIBRATION in what.channels, bool(what.pulses_ms), what.strength > 0) == (moves, moves, moves)


@pytest.mark.req("W-07")
def test_the_vibrations_strength_is_the_advisors() -> None:
    strengths = [felt(FULL, Preferences(vibration=strength)).strength for strength in Strength]
    assert strengths[0] == 0
    assert strengths == sorted(set(strengths))
    assert strengths[-1] <= 1.0
