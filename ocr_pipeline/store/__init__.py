"""The database; nothing outside this package knows SQLAlchemy."""
