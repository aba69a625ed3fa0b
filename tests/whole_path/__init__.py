"""A real `lading serve`, driven from outside by real commands."""
