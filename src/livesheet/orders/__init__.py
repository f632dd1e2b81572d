"""A view of a sheet in the words of the database: sorted, filtered, searched, counted."""
