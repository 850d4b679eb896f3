"""Comments, check runs, statuses and reports on the host, which are kept up to date."""
