"""The engine for EC2: each run trains on an instance of its own."""
