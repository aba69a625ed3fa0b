"""What a whole image is, file by file: what files may do, where they come from, how much is understood."""
