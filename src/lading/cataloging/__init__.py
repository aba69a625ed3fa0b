"""Finding what is inside a layer: packages, secrets, and what could not be read."""
