"""Whether something may be done, and what stands in its way. Asks through ports, changes nothing."""
