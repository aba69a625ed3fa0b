"""What every other package stands on: errors by blame, strict and canonical JSON, bounded readers."""
