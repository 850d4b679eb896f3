"""Data that DVC and Git keep elsewhere: fetched before training and pushed after it, each object by its hash."""
