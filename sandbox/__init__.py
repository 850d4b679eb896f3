"""A local GitHub for people without one and for tests: REST, webhooks, git over HTTP, pull request pages."""
