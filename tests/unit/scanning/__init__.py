"""Scanning without a server."""
