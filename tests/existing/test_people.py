"""A user model of the project's own; guests; permissions of django-guardian's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from guardian.shortcuts import assign_perm

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator

FOLDER = Path(__file__).resolve().parent / "people"
ROOT = FOLDER.parent.parent.parent


class GuestGroupSheet(LiveSheetConsumer):
    model = Group
    sheet_name = "guest groups"
    fields = ["name"]

    def has_view_permission(self) -> bool:
        return True


class GuardedGroupSheet(LiveSheetConsumer):
    model = Group
    sheet_name = "guarded groups"
    fields = ["name"]

    def has_change_permission(self, obj: Any = None) -> bool:
        return bool(self.user.has_perm("auth.change_group", obj))


@pytest.fixture(scope="module", autouse=True)
def _sheets() -> Iterator[None]:
    yield
    for sheet in (GuestGroupSheet, GuardedGroupSheet):
        unregister(sheet)


def test_a_user_model_of_the_projects_own() -> None:
    tests = FOLDER / "people_at_work.py"
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    if name := environment.get("LIVESHEET_TEST_NAME"):
        environment["LIVESHEET_TEST_NAME"] = f"{name}_people"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", FOLDER / "pytest.ini",
         "--confcutdir", FOLDER, tests],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.django_db(transaction=True)
async def test_guests_see_what_a_hook_lets_them_see_and_write_nothing() -> None:
    group = await Group.objects.acreate(name="Editors")
    async with LiveSheetCommunicator("guest groups") as sheet:
        assert sheet.value(group.pk, "name") == "Editors"
        reply = await sheet.edit(group.pk, "name", "Readers", base="Editors")
        assert reply["errors"][0]["code"] == "forbidden"
        await Group.objects.filter(pk=group.pk).aupdate(name="Writers")
        await sheet.until(lambda: sheet.value(group.pk, "name") == "Writers")


@pytest.mark.django_db(transaction=True)
async def test_permissions_on_one_object(django_user_model: Any) -> None:
    @sync_to_async
    def prepare() -> tuple[Any, list[Group]]:
        user = django_user_model.objects.create_user("gus")
        user.user_permissions.add(Permission.objects.get(codename="view_group"))
        groups = [Group.objects.create(name=name) for name in ("mine", "theirs")]
        assign_perm("auth.change_group", user, groups[0])
        return user, groups

    gus, (mine, theirs) = await prepare()
    async with LiveSheetCommunicator("guarded groups", gus) as sheet:
        reply = await sheet.edit(mine.pk, "name", "still mine", base="mine")
        assert reply["results"] == ["saved"]
        reply = await sheet.edit(theirs.pk, "name", "mine, too", base="theirs")
        assert reply["errors"][0]["code"] == "forbidden"
