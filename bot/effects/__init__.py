"""The few things that are done in one place: a run starts, a commit lands, money is reckoned."""
