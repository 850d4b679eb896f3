"""The few things that are done in one place: a run starts, or trains here, a commit lands, money is reckoned.

Likewise: a rename is followed, and the host is asked again for what it sent.
"""
