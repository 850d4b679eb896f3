"""Whether something may be done, and what stands in its way."""
