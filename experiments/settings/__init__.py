"""`.github/studio.yml`: the settings it can hold, and the mistakes in it."""
