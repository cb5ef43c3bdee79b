"""The likelihood ratios that hub and wrist use for a talk: learned where there was data, else declared (W-13)."""

from importlib.resources import files

from models.talk.evidence import Ratios
from models.talk.ratios import decode_ratios

_FILE = "artifacts/talk/ratios.json"

RATIOS: Ratios = decode_ratios(files("models").joinpath(_FILE).read_bytes(), origin=_FILE).by_kind()
