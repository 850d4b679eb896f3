"""What is said of one run: its comment, its check run, and the commands to copy."""
