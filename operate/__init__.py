"""What an operator types on the bot's machine: `python -m operate.switch`, `python -m operate.reap`."""
