"""Carrying out requests: only once, in one transaction, and refused with a reason."""
