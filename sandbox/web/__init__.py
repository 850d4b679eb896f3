"""The pages that a person sees in a browser: pull requests, checks, settings, and a proxy for pictures."""
