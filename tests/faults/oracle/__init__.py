"""Does every screen show the database, whatever happens? `python -m tests.faults.oracle --help`.

After each batch of random mutations every client's grid is compared, cell by cell, with what its
user may see; `script.py` says what happens, `run.py` what must hold.
"""
