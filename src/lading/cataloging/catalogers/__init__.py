"""One module for each on-disk format; each ends with one ``CATALOGER`` value, listed in all_catalogers."""
