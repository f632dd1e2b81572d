"""What is attacked: four tables of three tenants, of whom nobody attacks as one of `ash`."""

from __future__ import annotations

from typing import Any

TENANTS = ("oak", "elm", "ash")
ROWS = 20
PEOPLE = {"oak-all": "oak", "oak-view": "oak", "elm-change": "elm", "ash-all": "ash"}
SHEETS = ("goods", "kinds", "papers", "notes")
CANARY = "canary-ash"


def make() -> dict[str, Any]:
    """Fill the tables. Returns the users by name."""
    from django.contrib.auth.models import User
    from django.db import transaction

    from tests.app.models import Supplier, Tag

    with transaction.atomic():  # a write comes first, so that nobody is in SQLite's way later
        for tenant in TENANTS:
            for n in range(3):
                Supplier.objects.create(name=f"{tenant}-supplier-{n}{_canary(tenant)}")
                Tag.objects.create(name=f"{tenant}-tag-{n}")
            _fill(tenant)
    return {
        name: User.objects.create_user(name, last_name=tenant, first_name=name.partition("-")[2])
        for name, tenant in PEOPLE.items()
    }


def _canary(tenant: str) -> str:
    return f"-{CANARY}" if tenant == "ash" else ""


def _fill(tenant: str) -> None:
    from tests.app.models import Article, Note, Product, Sample, Supplier, Tag

    supplier = Supplier.objects.filter(name__startswith=f"{tenant}-").first()
    tags = Tag.objects.filter(name__startswith=f"{tenant}-")
    for n in range(ROWS):
        name = f"{tenant}-{n}{_canary(tenant)}"
        goods = Product.objects.create(name=name, owner=tenant, supplier=supplier, stock=n)
        goods.tags.set(tags[:2])
        Sample.objects.create(slug=tenant, char=name, email=f"{name}@example.com", data={"n": [n]})
        Article.objects.create(name=name, owner=tenant, supplier=supplier, secret=f"secret {name}")
        Note.objects.create(key=f"{tenant}.{n}", text=name)


def session_of(user: Any) -> str:
    """The key of a session in which ``user`` is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
