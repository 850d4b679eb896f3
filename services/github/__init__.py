"""The App's connection to GitHub: requests, tokens, and what the answers mean."""
