"""One suite that every engine passes, each on a stand of its own."""
