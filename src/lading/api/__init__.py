"""The messages of the management API, shared by server and client."""
