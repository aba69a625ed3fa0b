"""Findings that are known beforehand: how many are found, and how many are right."""
