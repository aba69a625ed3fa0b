"""Images in other places than our registry, one module for each kind of place."""
