"""What the bot says about one run: its comment, its check run, and the commands to copy."""
