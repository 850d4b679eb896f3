"""`.github/studio.yml`: what it may say, and what is wrong in it."""
