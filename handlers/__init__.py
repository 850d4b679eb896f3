"""What the bot can be told to do: one file a command, all of them in the list of `handlers/lists.py`.

`events`, `commands`, `planning`, `lookup` and `checks` decide and return values; they see the ports through
`bot/ports/reading`. `jobs` and `publishing` act, in steps that may run twice.
"""
