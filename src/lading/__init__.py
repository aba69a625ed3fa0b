"""Lading: one governed path for container images, from build to runtime."""

__version__ = "0.1.0"
