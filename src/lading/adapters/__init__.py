"""One module for each outside technology: the only place of I/O."""
