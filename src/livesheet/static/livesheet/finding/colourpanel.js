/**
 * The panel of the rules by which cells and rows are coloured. If several rules apply, the first
 * one counts.
 */

import { element, iconButton, select } from "../elements.js";
import { isActive } from "../store/conditions.js";
import { fill } from "../texts.js";
import { COLOURS } from "../values/colours.js";
import { Condition, emptyOf } from "./condition.js";

/** @import {Rule} from "../store/conditions.js" */
/** @import {MakeForm} from "./condition.js" */
/** @import {CurrentView} from "./current.js" */

export class ColourPanel {
  /**
   * @param {HTMLElement} panel
   * @param {CurrentView} current
   * @param {Record<string, string>} texts
   * @param {MakeForm} makeForm
   */
  constructor(panel, current, texts, makeForm) {
    this.makeForm = makeForm;
    this.current = current;
    this.texts = texts;
    /** @type {Rule[]} */
    this.rules = current.view.colours.map((rule) => ({ ...rule }));
    /** @type {Condition[]} */
    this.conditions = [];
    this.list = element("div", "ls-conditions");
    this.add = element("button", "ls-plain", texts.addRule);
    this.add.type = "button";
    this.add.addEventListener("click", () => {
      this.#begin();
      this.#draw();
      this.#focus(this.rules.length - 1);
    });
    panel.replaceChildren(this.list, this.add);
    if (!this.rules.length) this.#begin();
    this.#draw();
  }

  /** Applies what has been typed last. */
  close() {
    for (const condition of this.conditions) condition.close();
  }

  #begin() {
    const [column] = this.current.store.shownColumns;
    if (!column) return;
    const colour = COLOURS[this.rules.length % COLOURS.length];
    this.rules.push({ when: emptyOf(column), colour, of: "cell" });
  }

  #tell() {
    this.current.change({ colours: this.rules.filter(({ when }) => isActive(when)) });
  }

  #draw() {
    this.close();
    this.conditions = [];
    this.list.replaceChildren(...this.rules.map((rule, at) => this.#line(rule, at)));
  }

  /** @param {number} at */
  #focus(at) {
    const first = this.list.children[at]?.querySelector("select") ?? this.add;
    /** @type {HTMLElement} */ (first).focus();
  }

  /**
   * @param {Rule} rule
   * @param {number} at
   */
  #line(rule, at) {
    const { texts } = this;
    const made = element("div", "ls-condition ls-rule");
    const says = fill(texts.ruleAt, { n: at + 1 });
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", says);
    const condition = new Condition(rule.when, this, (when) => {
      rule.when = when;
      this.#tell();
    });
    this.conditions.push(condition);
    const remove = iconButton("remove", `${texts.removeCondition}: ${says}`);
    remove.addEventListener("click", () => {
      this.close();
      this.rules.splice(at, 1);
      this.#tell();
      this.#draw();
      this.#focus(Math.min(at, this.rules.length - 1));
    });
    made.append(this.#colour(rule), this.#scope(rule), condition.element, remove);
    return made;
  }

  /** @param {Rule} rule */
  #colour(rule) {
    const { texts } = this;
    const names = COLOURS.map(
      (name) => /** @type {[string, string]} */ ([name, texts[`colour_${name}`]]),
    );
    const classOf = () => `ls-field ls-swatch ls-colour-${rule.colour}`;
    const made = select(classOf(), texts.colour, names, rule.colour, (name) => {
      rule.colour = name;
      made.className = classOf();
      this.#tell();
    });
    return made;
  }

  /** @param {Rule} rule */
  #scope(rule) {
    const { texts } = this;
    /** @type {[string, string][]} */
    const scopes = [
      ["cell", texts.colourCell],
      ["row", texts.colourRow],
    ];
    return select("ls-field", texts.colourOf, scopes, rule.of, (of) => {
      rule.of = of === "row" ? "row" : "cell";
      this.#tell();
    });
  }
}
