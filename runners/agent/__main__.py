"""Starts the agent: as a module of this package, from its folder, or from the one file it is packed in."""

import importlib
import sys
import types

if not __package__:
    # A folder or an archive is no package: make it one, and take it off the path, so that no name of ours hides a
    # module of the standard library.
    package = types.ModuleType("agent")
    package.__path__ = [sys.path.pop(0)]
    sys.modules["agent"] = package

sys.exit(importlib.import_module(f"{__package__ or 'agent'}.program").main())
