"""The rules that Lading ships, as policy files."""
