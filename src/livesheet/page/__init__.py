"""What a page with a sheet needs: the addresses of its files, and the widget's texts."""
