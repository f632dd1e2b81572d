"""Users, and an end to the database threads after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections

from livesheet import threads


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    yield
    threads.close()
    # The thread behind `acreate()` and the like would keep the test database open.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def ann(transactional_db: None, django_user_model: Any) -> Any:
    """May do everything."""
    return django_user_model.objects.create_superuser("ann", password="x", first_name="Ann")


@pytest.fixture
def bea(transactional_db: None, django_user_model: Any) -> Any:
    """May do everything, too."""
    return django_user_model.objects.create_superuser("bea", password="x", first_name="Bea")


@pytest.fixture
def viewer(transactional_db: None, django_user_model: Any) -> Any:
    """May see products and suppliers, and change nothing."""
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("vic", password="x", first_name="Vic")
    names = ["view_product", "view_supplier", "view_note", "view_sample"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user
