"""Data that DVC tracks: where it is stored, which versions of it exist, and which of it is missing."""
