"""Git: mirrors of repositories, what is read from them, and pushes. Commits are inspected without trusting them."""
