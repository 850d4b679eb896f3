"""What the operator declares in runners.yml: where training may happen, within which bounds, for how much money."""
