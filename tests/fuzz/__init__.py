"""What always holds of what strangers write, whatever it is: one file a door, random for as long as one likes.

In `make test` each property has a bounded number of examples, the same each time. `make fuzz` has others each time,
until its minutes are over; an example that fails stays in `.hypothesis/`, is tried first the next time, and becomes a
plain test beside the code it was found in.
"""
