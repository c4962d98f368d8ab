"""Paths and state drawn as text and as SVG. Pure."""
