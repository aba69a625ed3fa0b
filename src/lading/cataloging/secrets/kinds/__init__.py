"""Kinds of credentials, one module for each field."""
