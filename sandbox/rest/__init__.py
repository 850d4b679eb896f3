"""The part of GitHub's REST API that the bot calls, below /api/v3."""
