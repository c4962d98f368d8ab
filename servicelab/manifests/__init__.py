"""Reads YAML safely, keeps line and column, reports problems; no input or output."""

from servicelab.manifests.problem import Problem
from servicelab.manifests.read import Manifest, Reading, read

__all__ = ["Manifest", "Problem", "Reading", "read"]
