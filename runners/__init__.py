"""Where training happens: the agent that trains, and what starts it on a machine."""
