"""The world of the conversations: a local GitHub, a real Redis, the bot, and a runner whose findings a test sets."""
