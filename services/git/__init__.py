"""Git: kept mirrors, what lies in them, and pushes. Commits are looked into without trusting them."""
