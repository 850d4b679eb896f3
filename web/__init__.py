"""Doors over HTTP: GitHub's webhooks, the runs API for agents, pictures."""
