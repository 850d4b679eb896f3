"""How reports are written: Markdown that makes foreign text harmless, tables, titles, and limits of length."""
