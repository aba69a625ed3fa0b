"""Feed formats, one module each."""
