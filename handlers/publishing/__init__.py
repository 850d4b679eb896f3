"""What is kept up to date on the host: comments, check runs, statuses and reports."""
