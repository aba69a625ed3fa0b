"""Measurements beside peers: `make bench-NAME`. Nothing here is a test, and no test measures time."""
