"""The nouns of the OCI image and distribution specifications (v1.1): pure values and their parsers."""
