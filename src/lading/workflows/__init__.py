"""One file for each thing that a person or a machine asks for; domain and ports only."""
