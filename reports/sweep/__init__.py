"""What is said of a sweep or of repeats: the table that fills, and the word at its end."""
