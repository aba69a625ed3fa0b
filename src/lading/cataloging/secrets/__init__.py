"""Credentials in files, configurations and histories: which kinds there are, and how they are found."""
