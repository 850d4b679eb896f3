"""What the bot answers over HTTP: GitHub's webhooks, the runs API for agents, pictures, pages, the operator's page.

Modules here receive ports and the protocols of `web/ports.py`. They import no implementation of either.
"""
