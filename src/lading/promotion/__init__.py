"""Environments, and how an image comes from one into the next."""
