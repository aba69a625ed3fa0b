"""HTTP: decode, call one workflow, encode."""
