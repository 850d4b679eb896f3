"""What is said about a run: words and pictures. Nothing here talks to anybody, and no port is given to it."""
