"""The change log: which rows were written, by whom; every writer's way into it."""
