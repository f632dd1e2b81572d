"""A sheet's view as database queries: sorting, filtering, searching and counting."""
