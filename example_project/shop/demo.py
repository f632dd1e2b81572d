"""The demo's front page and its sign-in without a password. Mounted in demo mode only."""

from __future__ import annotations

import asyncio
import shlex
import sys
from ipaddress import ip_address
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from shop import views
from shop.people import PEOPLE, Person
from shop.till import sell

SIDE_BY_SIDE = ["ann", "bea"]
SALES = 12
SECONDS_BETWEEN_SALES = 0.25
ROWS_IN_SIGHT = 16

SHELL_LINE = "p = Product.objects.first(); p.price += 1; p.save()"


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Two people at one desk, side by side. Below ``/as/<name>/`` the plain desk instead."""
    if request.META.get("SCRIPT_NAME"):
        return views.home(request)
    context = {
        "frames": [
            (person, as_person(person)) for person in PEOPLE if person.username in SIDE_BY_SIDE
        ],
        "viewer": next(as_person(person) for person in PEOPLE if person.group == "Viewers"),
        "command": shell_command(),
    }
    return render(request, "shop/front.html", context)


def as_person(person: Person) -> str:
    return f"/as/{person.username}" + reverse("demo-enter", args=[person.username])


def shell_command() -> str:
    """A line that changes the first product, for a terminal opened where the demo was started."""
    return manage_command("shell", "-c") + f' "{SHELL_LINE}"'


def manage_command(*words: str) -> str:
    manage = settings.BASE_DIR / "manage.py"
    return shlex.join([short(Path(sys.executable)), short(manage), *words])


def short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


@require_GET
def enter(request: HttpRequest, username: str) -> HttpResponse:
    """Sign in as one of the demo's people: on this machine, and not sent here by another site."""
    if not comes_from_here(request) or username not in {person.username for person in PEOPLE}:
        raise PermissionDenied
    person = get_object_or_404(get_user_model(), username=username, is_active=True)
    if request.user != person:
        login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    target = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return redirect(target)
    return redirect("desk", views.TABS[0].slug)


def comes_from_here(request: HttpRequest) -> bool:
    loopback = ip_address(request.META["REMOTE_ADDR"]).is_loopback
    return loopback and request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}


@require_POST
async def till(request: HttpRequest) -> HttpResponse:
    """Sell a dozen things where the visitor is looking, slowly enough to watch."""
    sales = sell(SALES, among=ROWS_IN_SIGHT)
    while await sync_to_async(next)(sales, None):
        await asyncio.sleep(SECONDS_BETWEEN_SALES)
    return HttpResponse(status=204)
