"""Test the client of GitHub against the local one."""
