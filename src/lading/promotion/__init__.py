"""Environments, and moving an image between them by digest."""
