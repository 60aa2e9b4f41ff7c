"""The witnesses: what each says of a number, and their combination."""
