"""What the bot says in conversation, with a file for each subject. Each function returns the words."""
