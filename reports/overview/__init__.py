"""The overview, which is the one comment that tells how a pull request stands, and its commit status."""
