"""The pages as Jinja2 templates; texts come from ``hub.console.texts``."""
