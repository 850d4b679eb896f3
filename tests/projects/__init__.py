"""Projects in the layouts that people have, each from its first commit to a clone that the real DVC reads."""
