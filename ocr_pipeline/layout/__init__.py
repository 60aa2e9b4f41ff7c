"""Layout by example: what stands on a blank form, found in its picture and proposed as a form of the catalogue."""
