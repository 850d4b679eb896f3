"""Properties that hold whatever strangers write: one file for each door, with random examples for as long as one
likes.

In `make test` each property has a fixed number of examples, the same each time. `make fuzz` draws new ones until
its minutes are over. An example that fails stays in `.hypothesis/` and is tried first the next time; it then
becomes a plain test beside the code that it is about.
"""
