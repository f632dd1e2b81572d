"""Waking those who read the change log: hints without data, within a process and between them."""
