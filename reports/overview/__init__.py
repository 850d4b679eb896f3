"""The one comment that tells how a pull request stands, and its commit status."""
