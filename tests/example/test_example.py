"""The example project, as a stranger runs it: each step in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "example_project"
SECONDS = 60
FEW = "--cities=3000"
# A database of the developer's own must not be touched.
FOREIGN = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "DJANGO_SETTINGS_MODULE"}


def environment(var: Path, **extra: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**own, "VAR_DIR": str(var), "PYTHONUNBUFFERED": "1", **extra}


def run(var: Path, *words: str, **extra: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=EXAMPLE,
        env=environment(var, **extra),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shell(var: Path, expression: str) -> object:
    """The value of an expression in the example's shell, by way of JSON."""
    code = f"import json; from shop.models import *; print('→' + json.dumps({expression}))"
    return json.loads(run(var, "manage.py", "shell", "-c", code).rpartition("→")[2])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has been prepared once, as ``demo.py`` left it."""
    var = tmp_path_factory.mktemp("var")
    text = run(var, "demo.py", "--no-serve", FEW, "--orders=20000")
    assert "274 rows loaded" in text
    assert re.search(r"orders +75 % +15,000 of 20,000\n +orders +20,000 rows loaded", text)
    assert "3,000 rows loaded" in text
    return var


@contextmanager
def demo(var: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running demo and its address."""
    process = subprocess.Popen(
        [sys.executable, "demo.py", "--port", str(port)],
        cwd=EXAMPLE,
        env=environment(var),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, address_of(process)
    finally:
        process.kill()
        process.communicate()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if found := re.search(r"Open +http://(\S+)/", line):
            return found[1]
    raise AssertionError("The demo ended without an address:\n" + "".join(told))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Browser:
    """Cookies by their path, and no redirects followed: what this needs of a browser."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[tuple[str, str], str] = {}

    def get(self, path: str, **headers: str) -> tuple[int, Mapping[str, str], str]:
        return self.request("GET", path, headers)

    def request(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS)
        sent = {(k, v) for (k, below), v in self.cookies.items() if path.startswith(below)}
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in sent), **headers}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name, morsel["path"]] = morsel.value
        connection.close()
        return response.status, response.headers, text


def test_a_second_run_loads_nothing_and_keeps_what_was_changed(prepared: Path) -> None:
    shell(prepared, "Product.objects.filter(name='Ghee, 500 g').update(price='9.99')")
    text = run(prepared, "demo.py", "--no-serve", "--orders=20000")
    assert "274 rows, already there" in text
    assert "20,000 rows, already there" in text
    assert "loaded" not in text
    assert shell(prepared, "str(Product.objects.get(name='Ghee, 500 g').price)") == "9.99"
    assert shell(prepared, "City.objects.filter(name='Lisbon').count()") == 1


def test_an_interrupted_load_leaves_nothing_behind(tmp_path: Path) -> None:
    run(tmp_path, "manage.py", "migrate", "--verbosity=0")
    loading = subprocess.Popen(
        [sys.executable, "manage.py", "load_shop"],  # all of them take longer than to read a line
        cwd=EXAMPLE,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert loading.stdout is not None
    for line in loading.stdout:
        if "%" in line:
            loading.kill()
            break
    loading.communicate()
    assert shell(tmp_path, "[Product.objects.count(), City.objects.count()]") == [274, 0]
    text = run(tmp_path, "manage.py", "load_shop")
    assert "274 rows, already there" in text
    assert re.search(r"cities +23\d,\d{3} rows loaded", text)


def test_two_people_are_signed_in_at_once(prepared: Path) -> None:
    with demo(prepared, free_port()) as (_, address):
        browser = Browser(address)
        status, headers, front = browser.get("/")
        assert status == 200
        assert headers["Content-Security-Policy"] == "default-src 'self'; frame-ancestors 'self'"
        for frame in re.findall(r'<iframe src="([^"]+)"', front):
            status, headers, _ = browser.get(frame)
            assert (status, headers["Location"]) == (302, f"/as/{frame[4:7]}/desk/products/")
        for path, name in (("/as/ann/", "Ann Lee"), ("/as/bea/", "Bea Okafor")):
            for tab, sheet in (
                ("products", "product"),
                ("suppliers", "supplier"),
                ("cities", "city"),
                ("orders", "order"),
            ):
                status, _, page = browser.get(f"{path}desk/{tab}/")
                assert status == 200
                assert name in page
                assert f'sheet="{sheet}"' in page
                assert f"{path}ws/sheet/{sheet}/" in page
        assert browser.get("/desk/products/")[0] == 302  # nobody is signed in at the root
        assert browser.get("/as/ann/desk/nothing/")[0] == 404


def test_nobody_is_signed_in_from_elsewhere(prepared: Path) -> None:
    with demo(prepared, free_port()) as (_, address):
        enter = "/demo/enter/admin/"
        assert Browser(address).get(enter, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
        assert Browser(address).get(enter, Host="desk.example.com")[0] == 400
        assert Browser(address).get("/demo/enter/nobody/")[0] == 403
        assert Browser(address).get(enter)[0] == 302


def test_people_sign_in_and_out_by_hand(prepared: Path) -> None:
    with demo(prepared, free_port()) as (_, address):
        browser = Browser(address)
        _, _, page = browser.get("/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        wrong = f"csrfmiddlewaretoken={token[1]}&username=cleo&password=wrong"
        status, _, page = browser.request("POST", "/login/", form, wrong)
        assert (status, "do not go together" in page) == (200, True)
        right = wrong.replace("wrong", "wholesale")
        assert browser.request("POST", "/login/", form, right)[0] == 302
        assert "view only" in browser.get("/desk/products/")[2]


def test_a_taken_port_is_passed_over_and_ctrl_c_ends_it(prepared: Path) -> None:
    port = free_port()
    with demo(prepared, port) as (first, one), demo(prepared, port) as (second, other):
        assert one == f"127.0.0.1:{port}"
        assert other != one
        assert Browser(one).get("/login/")[0] == Browser(other).get("/login/")[0] == 200
        for process in (first, second):
            process.send_signal(signal.SIGINT)
            text, _ = process.communicate(timeout=SECONDS)
            assert "Stopped" in text
            assert "Traceback" not in text
            assert process.returncode == 0


def test_without_a_demo_it_is_a_plain_site(prepared: Path) -> None:
    site = {"SECRET_KEY": "long and random", "ALLOWED_HOSTS": "desk.example.com"}
    run(prepared, "manage.py", "check", "--deploy", "--fail-level=ERROR", **site)
    code = "import config.urls as u; print('→', *(p.pattern for p in u.urlpatterns))"
    paths = run(prepared, "manage.py", "shell", "-c", code, **site).rpartition("→")[2]
    assert "desk/<slug:tab>/" in paths
    assert "demo/" not in paths


def test_a_refusal_is_in_the_shops_own_words(prepared: Path) -> None:
    code = """
from shop.consumers import ProductSheet
sheet = ProductSheet(user=None)
wrong = {"price": "-1", "stock": "-1", "counted_on": "2999-01-01", "name": "Ghee, 2 kg"}
row = sheet.get_serializer(Product.objects.first(), data=wrong, partial=True)
print(row.is_valid(), *(str(errors[0]) for errors in row.errors.values()), sep="|")
"""
    told = run(prepared, "manage.py", "shell", "-c", code).strip().splitlines()[-1].split("|")
    assert told[0] == "False"
    assert set(told[1:]) == {
        "A price cannot be negative.",
        "Stock cannot be below zero.",
        "A count cannot lie in the future.",
        "There is already a product of this name.",
    }


def test_orders_are_added_until_there_are_enough_and_are_valid(prepared: Path) -> None:
    text = run(prepared, "manage.py", "load_shop", "--orders=20010")
    assert "10 rows loaded" in text
    code = """
from shop.consumers import OrderSheet
orders = list(Order.objects.all()[::1000]) + list(Order.objects.order_by("-pk")[:10])
for order in orders:
    order.full_clean()
print("→", Order.objects.count(), *OrderSheet(user=None).rows().values_list("id")[:1])
"""
    assert run(prepared, "manage.py", "shell", "-c", code).rpartition("→")[2].startswith(" 20010 (")


def test_without_orders_there_is_no_tab_for_them(tmp_path: Path) -> None:
    run(tmp_path, "manage.py", "migrate", "--verbosity=0")
    slugs = shell(tmp_path, "[tab.slug for tab in __import__('shop.views').views.tabs()]")
    assert slugs == ["products", "suppliers", "cities"]


def test_the_till_sells(prepared: Path) -> None:
    before = shell(prepared, "sum(Product.objects.values_list('stock', flat=True))")
    assert run(prepared, "manage.py", "till", "3", "--every=0").count("sold") == 3
    after = shell(prepared, "sum(Product.objects.values_list('stock', flat=True))")
    assert isinstance(before, int) and isinstance(after, int)
    assert before - 9 <= after < before


def test_no_secret_means_no_site(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=EXAMPLE,
        env=environment(tmp_path, DEBUG="0"),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode != 0
    assert "Set SECRET_KEY" in done.stderr


def test_it_waits_while_another_demo_prepares(tmp_path: Path) -> None:
    two = [
        subprocess.Popen(
            [sys.executable, "demo.py", "--no-serve", FEW],
            cwd=EXAMPLE,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    texts = [process.communicate(timeout=SECONDS)[0] for process in two]
    assert [process.returncode for process in two] == [0, 0], texts
    assert sorted(text.count("rows loaded") for text in texts) == [0, 2]


def test_makemigrations_has_nothing_to_do(tmp_path: Path) -> None:
    assert "No changes" in run(tmp_path, "manage.py", "makemigrations", "--check", "shop")
