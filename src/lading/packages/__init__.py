"""Packages, how they are named (purl), and how their versions are ordered."""
