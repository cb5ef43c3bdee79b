from __future__ import annotations

import re

import msgspec
import pytest

from contracts import MESSAGE_TYPES, AnyMessage
from contracts.messages import wire_type


@pytest.mark.parametrize("message_type", list(MESSAGE_TYPES.values()))
def test_messages_are_frozen_tagged_and_versioned(message_type: type[AnyMessage]) -> None:
    config = message_type.__struct_config__
    assert config.frozen
    assert config.tag_field == "type"
    assert not config.forbid_unknown_fields
    assert re.fullmatch(r"[a-z]+(\.[a-z]+)+\.v1", wire_type(message_type))


def test_a_struct_without_a_tag_is_no_message() -> None:
    class Untagged(msgspec.Struct):
        pass

    with pytest.raises(TypeError, match="Untagged has no wire tag"):
        wire_type(Untagged)
