"""GitHub's REST API below /api/v3, for exactly what the bot calls."""
