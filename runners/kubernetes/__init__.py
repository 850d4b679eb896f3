"""Runs that train on Kubernetes, one Job each."""
