"""Orderings of versions, one module each."""
