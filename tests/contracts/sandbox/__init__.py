"""Hold the local GitHub to GitHub's published schema, and test its pages."""
