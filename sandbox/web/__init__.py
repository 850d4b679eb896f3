"""What a person sees in a browser: pages of pull requests, checks, owners, and pictures by a proxy."""
