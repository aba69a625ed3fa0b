"""Where adapters are chosen: settings in, a whole Lading out, one module for each face of it.

Nothing else knows what stands behind a port.
"""
