"""Labelled photos of any catalogue form, made from a seed."""
