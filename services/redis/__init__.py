"""What lives in Redis: the store, the queues of RQ, their lanes, and signs of life."""
