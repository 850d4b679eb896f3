"""State in Redis: the store, RQ's queues and their lanes, and heartbeats."""
