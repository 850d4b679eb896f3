"""The spine: what an event is, what a command is, and what the rest of the program must offer. Pure."""
