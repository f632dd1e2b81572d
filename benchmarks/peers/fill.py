"""Make the tables of a peer, its rows, and users who may see and change them.

python fill.py ROWS USERS COOKIES

Each user is signed in, and the keys of their sessions are written into the file COOKIES. Nobody is
a superuser: who may is decided by Django's model permissions.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import django


def products(model: Any, count: int) -> None:
    day = datetime.date(2026, 1, 1)
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
    model.objects.bulk_create(
        (
            model(
                pk=n, name=f"Product {n}", code=f"P-{n:07}", price=f"{n % 900}.50",
                cost=f"{n % 700}.25", stock=n % 500, weight=n % 90 / 4, active=n % 3 > 0,
                listed=day + datetime.timedelta(n % 365), counted=noon,
                note=f"Shelf {n % 40}, second row",
            )
            for n in range(1, count + 1)
        ),
        batch_size=2_000,
    )  # fmt: skip


def sign_in(users: int) -> list[str]:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import Permission, User
    from django.contrib.sessions.backends.db import SessionStore

    may = Permission.objects.filter(codename__in=["view_product", "change_product"])
    people = User.objects.bulk_create(
        User(username=f"user{n}", first_name="User", last_name=f"{n}", password="!")
        for n in range(users)
    )
    for permission in may:
        permission.user_set.add(*people)
    keys = []
    for user in people:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


def main(rows: int, users: int, cookies: Path) -> None:
    django.setup()
    from django.apps import apps
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", run_syncdb=True, verbosity=0)
    (model,) = (model for model in apps.get_models() if model.__name__ == "Product")
    with transaction.atomic():
        products(model, rows)
        cookies.write_text("".join(f"{key}\n" for key in sign_in(users)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
