"""Reads photos of Indonesian election result forms and says how sure it is."""

__version__ = "0.1.0"
