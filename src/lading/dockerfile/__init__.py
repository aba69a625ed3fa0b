"""Dockerfiles: text to instructions and stages, and what they say of the image that they would make."""
