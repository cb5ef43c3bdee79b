"""The window: the only part that knows Kivy, which is imported when :func:`device_agent.ui.window.run_window` runs."""
