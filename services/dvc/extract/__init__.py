"""What runs beside the bot, in a process without secrets: the real DVC reads one commit's tree that nobody trusts."""
