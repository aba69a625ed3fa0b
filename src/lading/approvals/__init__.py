"""Approvals: what waits for other people before it is done, whatever it is."""
