"""Take projects in common layouts from their first commit to a clone that the real DVC reads."""
