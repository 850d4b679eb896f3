"""The local GitHub against GitHub's published schema, and its pages."""
