"""The processor for an empty transaction with its limits, in milliseconds.

python transactions.py COUNT
"""

from __future__ import annotations

import sys
import time

import django

django.setup()

from django.db import transaction  # noqa: E402
from sheets.without import switch_off  # noqa: E402

from livesheet.log.transactions import short_waits  # noqa: E402


def empty() -> None:
    with transaction.atomic(), short_waits("default", 1.0):
        pass


switch_off()
empty()  # which connects
count, began = int(sys.argv[1]), time.process_time()
for _ in range(count):
    empty()
print((time.process_time() - began) / count * 1e3)
