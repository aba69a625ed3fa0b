"""One module for each page: a visit in, an answer out."""
