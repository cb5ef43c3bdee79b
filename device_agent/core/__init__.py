"""The wrist's rules, pure: task book, alert life, what the advisor may do, feedback form."""
