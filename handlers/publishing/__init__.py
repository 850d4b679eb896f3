"""What is kept up to date on GitHub: comments, check runs, statuses and reports."""
