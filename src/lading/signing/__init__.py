"""Signatures and attestations: formats, numbered verification steps, three-valued outcomes."""
