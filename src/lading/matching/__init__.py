"""Packages against advisories: findings that explain themselves."""
