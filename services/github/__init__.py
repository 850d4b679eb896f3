"""GitHub as the App meets it: requests, tokens, and what its answers mean."""
