"""How accurate and how fast the program is on labelled photos."""
