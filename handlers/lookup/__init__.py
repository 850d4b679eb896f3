"""Which thing a typed name means, and what is known of a commit. Asks through ports, changes nothing."""
