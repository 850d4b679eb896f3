"""What the bot says about a sweep or about repeats: the table that fills, and the comment at the end."""
