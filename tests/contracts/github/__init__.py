"""The client of GitHub against the local one."""
