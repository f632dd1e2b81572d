"""What a browser asks besides edits: labels, values, counts, history, saved views."""
