"""SCIM 2.0 (RFC 7644): identity providers say who there is."""
