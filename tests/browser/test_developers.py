"""What a page may do with the widget: hooks, events, fragments, several sheets, a bundler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID
from tests.browser.packages import esbuild, htmx, typescript
from tests.browser.servers import KINDS, ROOT, Site

STATIC = ROOT / "src" / "livesheet" / "static" / "livesheet"

HEARD = """() => {
    window.heard = [];
    for (const name of ["ready", "select", "saved", "rejected"])
        document.addEventListener(`livesheet:${name}`, ({ detail }) => heard.push([name, detail]));
}"""

DEFINE = """async () => {
    const { define } = await import(document.querySelector('script[type="module"]').src);
    define("product", { columns: {
        price: {
            format: (value) => value === null ? "" : `€ ${value}`,
            parse: (text) => text.replace("€", "").trim(),
        },
        stock: {
            paint: (td, value, { text }) => {
                const made = document.createElement("b");
                made.textContent = text;
                td.replaceChildren(made);
                td.classList.toggle("low", value < 10);
            },
        },
        unit: { format: () => { throw new Error("a page's own fault"); } },
    } });
}"""

SWAP = """([path, where]) => htmx.ajax("GET", path, { target: where, swap: "innerHTML" })"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_hooks_of_columns_and_events(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann")
    ann.forgiven = ["a page's own fault"]
    ann.page.add_init_script(f"({HEARD})()")
    ann.open("/sheet/product/")
    ann.wait("heard.some(([name]) => name === 'ready')")
    ann.page.evaluate(DEFINE)
    first, second = ann.pks()[5:7]
    ann.wait(f"{GRID}.cell('{first}', 'stock').firstChild?.tagName === 'B'")
    before = ann.text(first, "price")
    assert before.startswith("€ ") or before == ""
    assert ann.text(first, "unit") != "", "its fault is reported, and the cell is as ever"
    assert "low" in ann.classes(first, "stock")
    ann.type(first, "price", "€ 7.50")
    ann.wait_text(first, "price", "€ 7.50")
    ann.type(second, "stock", "none")
    ann.wait_class(second, "stock", "ls-refused")
    assert ann.cell(second, "stock").query_selector("b") is not None
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={first}).price)") == "7.50"
    heard = ann.page.evaluate("heard")
    saved = [detail for name, detail in heard if name == "saved"]
    assert saved == [{"kind": "edit", "pk": first, "column": "price", "unchanged": False}]
    assert {"pk": first, "column": "price", "editing": True} in [
        detail for name, detail in heard if name == "select"
    ]
    assert [detail["pk"] for name, detail in heard if name == "rejected"] == [second]
    assert [name for name, _detail in heard].count("ready") == 1


def test_htmx_swaps_sheets_in_and_out(site: Site, seat: SitDown) -> None:
    """Another sheet, then the same one twice, then none: each lives and none is left behind."""
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.evaluate((htmx() / "dist" / "htmx.min.js").read_text(encoding="utf-8"))
    ann.page.evaluate(
        """() => {
            document.body.insertAdjacentHTML("beforeend", "<div id=a></div><div id=b></div>");
            document.querySelector("live-sheet").style.height = "250px";
        }"""
    )
    live = "document.querySelectorAll('live-sheet[data-status=live]').length"
    ann.page.evaluate(SWAP, ["/sheet/supplier/", "#a"])
    ann.wait(f"{live} === 2")
    ann.page.evaluate("window.gone = document.querySelector('#a live-sheet').sheet")
    ann.page.evaluate(SWAP, ["/sheet/product/", "#a"])
    ann.page.evaluate(SWAP, ["/sheet/product/", "#b"])
    ann.wait(f"{live} === 3 && gone.destroyed && !gone.socket.line")
    pk = ann.pks()[1]
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = 321; p.save()")
    ann.wait(
        "pk => [...document.querySelectorAll('live-sheet')]"
        ".every(({ sheet }) => sheet.rows.value(pk, 'stock') === 321)",
        pk,
    )
    ann.page.evaluate(
        """() => {
            const swapped = document.querySelectorAll("div > live-sheet");
            window.gone = [...swapped].map(({ sheet }) => sheet);
            document.querySelector("#a").replaceChildren();
            document.querySelector("#b").replaceChildren();
        }"""
    )
    ann.wait("gone.length === 2 && gone.every((one) => one.destroyed && !one.socket.line)")
    ann.type(pk, "stock", "322")
    ann.wait_settled()
    ann.wait_text(pk, "stock", "322")


def test_a_bundler_and_a_type_checker_take_it(tmp_path: Path) -> None:
    entry = tmp_path / "page.ts"
    entry.write_text(
        f'import {{ define, mount }} from "{STATIC}/main.js";\n'
        'define("product", { columns: { price: { format: (value) => `€ ${value}` } } });\n'
        'const config = { sheet: "product", path: "/ws/", handsontable: {} };\n'
        "const sheet = mount(document.body, config);\n"
        "const status: string = sheet.status;\n"
        "sheet.destroy();\nexport { status };\n"
    )
    bundle = tmp_path / "page.js"
    command = [
        esbuild() / "bin" / "esbuild",
        entry,
        "--bundle",
        "--format=esm",
        f"--outfile={bundle}",
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert "live-sheet" in bundle.read_text(encoding="utf-8")
    assert 'from "./' not in bundle.read_text(encoding="utf-8")
    flags = "--strict --noEmit --allowJs --target es2022 --module es2022 --moduleResolution bundler"
    tsc = [
        typescript() / "lib" / "tsc",
        *flags.split(),
        "--lib",
        "es2023,dom,dom.iterable",
    ]
    done = subprocess.run([*tsc, entry], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    wrong = entry.read_text().replace('path: "/ws/"', "path: 7")
    entry.write_text(wrong)
    done = subprocess.run([*tsc, entry], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Type 'number' is not assignable to type 'string'" in done.stdout
