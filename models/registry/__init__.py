"""Published models: signed artefact directories, who is trusted, and the store from which hub and devices load them.

Source of the rules (signed metadata, a serial that never goes back, trust in keys and not in servers): The Update
Framework, https://theupdateframework.github.io/specification/latest/ (W-13, W-16).
"""

from models.registry.artefact import Sealed, open_sealed, seal
from models.registry.keys import PublicKey, SigningKey, Trust
from models.registry.manifest import Manifest
from models.registry.store import ModelStore

__all__ = ["Manifest", "ModelStore", "PublicKey", "Sealed", "SigningKey", "Trust", "open_sealed", "seal"]
