"""Doors over HTTP: GitHub's webhooks, the runs API for agents, pictures and pages, the operator's page.

They are given ports and what `web/neighbours` describes, and know nobody who implements them.
"""
