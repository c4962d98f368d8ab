"""Reads YAML safely, keeps line and column, reports problems. Pure."""
