"""Tables for people and programs, made from the database."""
