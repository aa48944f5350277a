"""Measures a program from inside, and leaves what it measured where ``plimsoll`` finds it."""

from ._native import Measured
from ._process import ProcessTracker, measure, tracker
from ._tracker import Phase, Status, Tracker

__all__ = ["Measured", "Phase", "ProcessTracker", "Status", "Tracker", "measure", "tracker"]
