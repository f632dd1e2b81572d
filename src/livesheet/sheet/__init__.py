"""A sheet: its declaration, its columns, its rows, and what its user may do."""
