"""A page that is watched for code that runs out of a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Dialog, Request

from tests.browser.desk import Desk
from tests.browser.payloads import PAYLOADS

# Runs before anything of the page does, in every frame; what is put in later is judged as it comes.
WATCH = """(() => {
    window.ran = (...numbers) => top.ranBy.push(...numbers, "ran");
    if (window !== top) return;
    window.ranBy = [];
    window.foreign = [];
    const OURS = new Set(("html head title meta link script body live-sheet div span p a b i img"
        + " table thead tbody tr td th colgroup col caption input textarea button select option"
        + " label ul ol li form h1 h2 h3 hr br aside header footer section nav del ins time output"
        + " dialog dl dt dd kbd strong progress").split(" "));
    const LINKS = ["href", "src", "srcset", "action", "formaction", "data", "xlink:href", "poster"];
    const isOurs = (address, base) => {
        const { protocol, host } = new URL(address, base);
        return /^https?:/.test(protocol) ? host === location.host : address === "data:,";
    };
    const judge = (element) => {
        const { localName: tag, attributes } = element;
        const names = [...attributes].map(({ name }) => name);
        const links = LINKS.filter((name) => element.hasAttribute(name));
        const isLink = element.matches("a.ls-link") && /^(https?|mailto):/.test(element.href);
        // 18 brings a style for its menu, which a policy forbids and nobody misses.
        if (element.matches("style[id^=handsontable]")) return;
        const isDrawn = element.matches("svg.ls-drawn, svg.ls-drawn > path");
        if (!(OURS.has(tag) || isDrawn)
            || names.some((name) => /^on/i.test(name) || name === "srcdoc")
            || element.matches("meta[http-equiv], script:not([src]):not([type$=json])")
            || /url\\(|expression/.test(element.getAttribute("style") ?? "")
            || (!isLink && links.some((n) => !isOurs(element.getAttribute(n), location.href)))) {
            window.foreign.push(element.outerHTML.slice(0, 150));
        }
    };
    const all = (root) => {
        if (root.nodeType !== 1) return;
        judge(root);
        root.querySelectorAll("*").forEach(judge);
    };
    new MutationObserver((changes) => {
        for (const { type, target, addedNodes } of changes) {
            if (type === "attributes") judge(target); else addedNodes.forEach(all);
        }
    }).observe(document, { subtree: true, childList: true, attributes: true });
    document.addEventListener("securitypolicyviolation", (event) => {
        const { violatedDirective: what, blockedURI, sourceFile } = event;
        // That style of 18 once more, which it puts in when its menu opens.
        if (what.startsWith("style-src") && /handsontable/.test(sourceFile)) return;
        window.foreign.push(`policy: ${what} ${blockedURI} ${sourceFile}`);
    });
})()"""

# Which of the payloads these elements show, by text, by value or by an attribute that people read.
SHOWN = """([selector, payloads]) => {
    const bare = (text) => text.replace(/[\\\\"'\\s]/g, "").toLowerCase();
    const texts = [...document.querySelectorAll(selector)].flatMap((element) =>
        [element, ...element.querySelectorAll("*")].flatMap((one) => [
            one.value ?? "", one.textContent,
            ...["title", "aria-label", "aria-description", "data-ls-who"]
                .map((name) => one.getAttribute(name) ?? ""),
        ]));
    const said = bare([...new Set(texts)].join("\\n"));
    return payloads.flatMap((payload, number) => said.includes(bare(payload)) ? [number] : []);
}"""


# Pictures whose names are scripts are not there. 18 cannot know that our titles are escaped, and
# has a style for its menu; whoever else puts one in is seen by the page's own listener.
FORGIVEN = ["Failed to load resource", "without a sanitizer", "Applying inline style violates"]


class Watch:
    """One person's desk; ``found`` are the payloads that the present place has shown."""

    def __init__(self, ann: Desk, run: Callable[[str], str], policy: str) -> None:
        self.ann = ann
        self.run = run
        self.policy = policy
        self.found: set[int] = set()
        self.trouble: list[str] = []
        self.at = ""
        ann.page.add_init_script(WATCH)
        ann.page.on("dialog", self._dialog)
        ann.page.context.on("request", self._request)
        ann.forgiven += FORGIVEN

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.trouble.append(f"dialog: {dialog.message}")
        dialog.accept()

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme.startswith("http") and url.netloc != urlsplit(self.ann.address).netloc:
            self.trouble.append(f"request: {request.url}")

    def open(self, sheet: str, *, again: bool = True) -> None:
        """``again``: from another page, also where the sheet is open already."""
        if not again and self.at == sheet:
            self.ann.page.keyboard.press("Escape")
            return
        self.collect()
        self.ann.page.goto("about:blank")
        self.ann.open(f"/sheet/{sheet}/?policy={self.policy}")
        self.at = sheet

    def see(self, selector: str) -> None:
        self.found |= set(self.ann.page.evaluate(SHOWN, [selector, PAYLOADS]))

    def wait_to_see(self, selector: str, least: int = len(PAYLOADS)) -> None:
        """Wait until so many of them are shown there."""
        wait = f"given => ({SHOWN})(given).length >= {least}"
        self.ann.wait(wait, [selector, PAYLOADS])
        self.see(selector)

    def collect(self) -> None:
        """What has happened in this page, before it is left."""
        if self.ann.page.url.startswith(self.ann.address):
            self.trouble += self.ann.page.evaluate("[...ranBy.splice(0), ...foreign.splice(0)]")

    def verdict(self, least: int) -> list[Any]:
        """What is wrong with the place that was looked at."""
        self.collect()
        wrong: list[Any] = sorted(set(map(str, self.trouble)))
        if len(self.found) < least:
            missing = sorted(set(range(len(PAYLOADS))) - self.found)
            wrong.append(f"shows {len(self.found)} of them; not {missing}")
        if wrong:
            self.at = ""
        self.found, self.trouble = set(), []
        return wrong
