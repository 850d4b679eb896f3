"""One file a slash command: what it means, decided and returned as a reply."""
