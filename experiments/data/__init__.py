"""Data that DVC tracks: where it lies, which versions there are, and what of it is missing."""
