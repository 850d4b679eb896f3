"""How reports are written: Markdown in which nothing foreign lives, tables, titles, and how much there is room for."""
