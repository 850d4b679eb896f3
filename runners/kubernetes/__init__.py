"""The engine for Kubernetes: each run trains in a Job of its own."""
