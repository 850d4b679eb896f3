"""How long people wait, beside what they would use instead."""
