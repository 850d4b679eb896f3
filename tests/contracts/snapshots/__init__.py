"""The real DVC reads commits of all kinds."""
