"""The management API, `/api/v1`: one file for each resource; decode, call one workflow, encode."""
