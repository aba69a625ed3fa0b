"""`lading demo`: a server on a temporary folder, and the whole path walked on images built on the spot."""
