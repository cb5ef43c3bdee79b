"""Paper tickets: the port of a printer, and real ones by ESC/POS. ``opening.open_printer`` makes one from settings."""
