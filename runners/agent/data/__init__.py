"""What DVC and Git keep elsewhere: fetched before training, pushed after it, each object by its hash."""
