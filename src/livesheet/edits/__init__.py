"""Carrying out what a user asked for: once only, in one transaction, refused in words."""
