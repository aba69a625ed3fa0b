"""What an image is built on, layer by layer; what may take its base's place, and the proof of it."""
