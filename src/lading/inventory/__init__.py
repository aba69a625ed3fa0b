"""What runs, and how it compares with what may."""
