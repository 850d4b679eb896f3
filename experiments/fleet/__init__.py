"""What the operator declares in runners.yml: where runs may train, within which bounds, and for how much money."""
