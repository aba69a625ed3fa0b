"""Documents that VEX is written in, one format each."""
