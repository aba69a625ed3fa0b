"""What Lading asks of the outside, as small Protocols. Adapters implement them."""
