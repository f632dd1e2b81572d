"""The desk: a page around each sheet. Everything live on it is one template tag."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shop.models import Order
from shop.people import PEOPLE


@dataclass(frozen=True)
class Tab:
    slug: str
    title: str
    sheet: str


TABS = [
    Tab("products", "Products", "product"),
    Tab("suppliers", "Suppliers", "supplier"),
    Tab("cities", "Cities", "city"),
]
ORDERS = Tab("orders", "Orders", "order")


def tabs() -> list[Tab]:
    """Orders are made on demand, see the README."""
    return [*TABS, ORDERS] if Order.objects.exists() else TABS


def home(request: HttpRequest) -> HttpResponse:
    return redirect("desk", TABS[0].slug)


@login_required
def desk(request: HttpRequest, tab: str) -> HttpResponse:
    shown = next((each for each in [*TABS, ORDERS] if each.slug == tab), None)
    if shown is None:
        raise Http404(f"The desk has no tab {tab!r}.")
    only_looks = not request.user.has_perm(f"shop.change_{shown.sheet}")
    context = {"tabs": tabs(), "shown": shown, "only_looks": only_looks}
    return render(request, "shop/desk.html", context)


class Login(LoginView):
    template_name = "shop/login.html"
    extra_context = {"people": PEOPLE if settings.DEMO else []}
