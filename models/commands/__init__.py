"""Commands of `usher models` that are about models in service."""
