"""`python -m lading` is the `lading` command."""

from lading.cli.main import main

main()
