"""Measures a program from inside, and leaves what it measured where ``plimsoll`` finds it."""

import sys as _sys

try:
    from . import _native

    _is_measured = _native.is_main_interpreter()
except ImportError as error:
    if "subinterpreter" not in str(error):
        raise
    _is_measured = False

if not _is_measured:
    # Only the main interpreter can have the native half. Programs in others go on, unmeasured.
    from . import _off

    _sys.modules[f"{__name__}._native"] = _off
    globals()["_native"] = _off

from ._native import Measured, Row, Summary
from ._process import ProcessTracker, measure, tracker
from ._tracker import Phase, Status, Tracker

__all__ = ["Measured", "Phase", "ProcessTracker", "Row", "Status", "Summary", "Tracker", "measure", "tracker"]
