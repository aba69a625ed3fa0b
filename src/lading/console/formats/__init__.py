"""How the console writes numbers, instants, sizes and digests: one module each, so that all pages agree."""
