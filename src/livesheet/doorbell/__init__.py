"""Waking the readers of the change log with signals that carry no data, also between processes."""
