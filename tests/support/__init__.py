"""Small builders and servers that several test suites share."""
