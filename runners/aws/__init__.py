"""Runs that train on EC2, one instance each."""
