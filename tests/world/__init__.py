"""The world the conversations happen in: a local GitHub, a real Redis, the bot, and a runner one tells what to find."""
