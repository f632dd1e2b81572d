"""What a sheet is: its declaration, its columns, its rows, and what its user may."""
