"""Records in SQL: SQLite in memory and in a file, and PostgreSQL, by one schema and one set of statements."""
