"""Reads YAML safely, keeps line and column, reports problems; no input or output."""

from servicelab.manifests.problem import Problem
from servicelab.manifests.read import Manifest, MapReading, Reading, read, read_map

__all__ = ["Manifest", "MapReading", "Problem", "Reading", "read", "read_map"]
