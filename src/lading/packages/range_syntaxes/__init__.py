"""How ecosystems write sets of versions, one syntax each."""
