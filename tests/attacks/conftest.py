"""The machine that agents train on, as the contracts have it."""

from tests.contracts.conftest import agent_home, machine

__all__ = ["agent_home", "machine"]
