"""The change log: which rows were written and by whom, and how every write gets into it."""
