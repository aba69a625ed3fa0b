"""Layers as archives: reading them safely, path by path."""
