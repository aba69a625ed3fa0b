"""One file per command; ``lading.cli.all_commands`` is the table of them."""
