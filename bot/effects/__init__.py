"""Effects that several callers share: start a run, train here, land a commit, check budgets.

Others follow renames, and ask the host again for deliveries.
"""
