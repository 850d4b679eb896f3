"""What the bot says about runs, in words and pictures. Nothing here calls a service, and no port is passed to it."""
