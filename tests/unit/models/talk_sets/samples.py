"""Small files in the sets' formats."""

from __future__ import annotations

MAMS = """<?xml version="1.0" encoding="utf-8"?>
<sentences>
  <sentence>
    <text>The decor is dull but the food &amp; wine shine.</text>
    <aspectTerms>
      <aspectTerm from="4" polarity="negative" term="decor" to="9"/>
      <aspectTerm from="26" polarity="positive" term="food &amp; wine" to="37"/>
    </aspectTerms>
  </sentence>
  <sentence>
    <text>Service, well.</text>
    <aspectTerms><aspectTerm from="0" polarity="conflict" term="Service" to="7"/></aspectTerms>
  </sentence>
</sentences>
"""

BANKING77 = 'text,category\n"My card, it is lost",lost_or_stolen_card\nWhere is my card?,card_arrival\n'

NLUPP = '[{"text": "yes, close it", "intents": ["affirm", "cancel"], "slots": {"a": {"value": 1}}}, {"text": "hm"}]'

SGD = """[{"dialogue_id": "1_00", "services": ["Banks_1"], "turns": [
 {"speaker": "USER", "utterance": "My balance?", "frames": [
   {"service": "Banks_1", "slots": [], "actions": [{"act": "INFORM_INTENT", "slot": "intent", "values": ["Check"]}]}]},
 {"speaker": "SYSTEM", "utterance": "Do you want a transfer?", "frames": [{"actions": [{"act": "OFFER_INTENT"}]}]},
 {"speaker": "USER", "utterance": "No, bye.", "frames": [
   {"actions": [{"act": "NEGATE_INTENT"}, {"act": "GOODBYE"}]}]},
 {"speaker": "SYSTEM", "utterance": "Is that right?", "frames": []},
 {"speaker": "USER", "utterance": "It is.", "frames": [{"actions": [{"act": "AFFIRM"}]}]},
 {"speaker": "SYSTEM", "utterance": "And a visit?", "frames": []},
 {"speaker": "USER", "utterance": "Do it.", "frames": [
   {"actions": [{"act": "AFFIRM_INTENT"}, {"act": "NEGATE"}]}]},
 {"speaker": "USER", "utterance": "Or not?", "frames": [
   {"actions": [{"act": "AFFIRM_INTENT"}]}, {"actions": [{"act": "NEGATE_INTENT"}]}]}
]}]"""
