"""What the bot says in conversation, a file for each subject."""
