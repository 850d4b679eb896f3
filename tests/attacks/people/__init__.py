"""Attacks by people with a fork, or with rights to one repository."""
