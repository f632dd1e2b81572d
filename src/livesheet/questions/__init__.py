"""What a browser asks besides edits: labels, values, counts, history, kept views."""
