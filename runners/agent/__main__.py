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

sys.exit(importlib.import_module(f"{__package__ or 'agent'}.program").main())
