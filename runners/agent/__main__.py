"""Starts the agent: as a module of this package, from its folder, or from the one file it is packed in."""

import importlib
import sys
import types

if not __package__:
    # A folder or an archive is not a package. Make it one, and take it off the path, so that no module of the agent
    # hides one of the standard library.
    package = types.ModuleType("agent")
    package.__path__ = [sys.path.pop(0)]
    sys.modules["agent"] = package

# Inside a room the agent calls itself for these. They need a part of it only, and are started for each run.
INSIDE = {"--pack": "packing", "--check-out": "data.checking_out"}
called = INSIDE.get("".join(sys.argv[1:2]), "program")
sys.exit(importlib.import_module(f"{__package__ or 'agent'}.{called}").main())
