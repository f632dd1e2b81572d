/**
 * The panel of all conditions, one below the other. Conditions that are joined by “or” are framed,
 * to distinguish them from those that are joined by “and”.
 */

import { element, iconButton, select } from "../elements.js";
import { inOne, isActive, partsOf } from "../store/conditions.js";
import { fill } from "../texts.js";
import { Condition, emptyOf } from "./condition.js";

/** @import {Filter} from "../store/conditions.js" */
/** @import {MakeForm} from "./condition.js" */
/** @import {CurrentView} from "./current.js" */

/**
 * @typedef {object} Line
 * @property {Filter} filter  may have no value yet
 * @property {boolean} isOr  whether it is joined to the one above by “or”
 * @property {Condition} [fields]  once it is shown
 */

export class FilterPanel {
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
    /** @type {Line[]} */
    this.lines = current.filters.flatMap((entry) =>
      partsOf(entry).map((filter, at) => ({ filter, isOr: at > 0 })),
    );
    this.list = element("div", "ls-conditions");
    this.none = element("p", "ls-tools-none", texts.noConditions);
    this.more = this.#button(texts.addCondition, () => this.#add());
    this.clear = this.#button(texts.clearFilters, () => this.#clear());
    const actions = element("div", "ls-tools-actions");
    actions.append(this.more, this.clear);
    panel.replaceChildren(this.none, this.list, actions);
    if (!this.lines.length) this.#begin();
    this.#draw();
  }

  /** Applies what has been typed last. */
  close() {
    for (const { fields } of this.lines) fields?.close();
  }

  /**
   * @param {string} text
   * @param {() => void} onClick
   */
  #button(text, onClick) {
    const button = element("button", "ls-plain", text);
    button.type = "button";
    button.addEventListener("click", onClick);
    return button;
  }

  /** Begins with one condition, to be filled in. */
  #begin() {
    const { shownColumns } = this.current.store;
    if (!shownColumns.length) return;
    this.lines.push({ filter: emptyOf(shownColumns[0]), isOr: false });
  }

  #add() {
    this.#begin();
    this.#draw();
    this.#focus(this.lines.length - 1);
  }

  #clear() {
    this.lines = [];
    this.#tell();
    this.#draw();
    this.more.focus();
  }

  /** @param {number} at */
  #focus(at) {
    const column = this.list.querySelectorAll(".ls-condition-column")[at] ?? this.more;
    /** @type {HTMLElement} */ (column).focus();
  }

  /** Applies the conditions that are filled in. */
  #tell() {
    /** @type {Filter[][]} */
    const groups = [];
    this.lines.forEach(({ filter, isOr }) => {
      if (!isOr || !groups.length) groups.push([]);
      if (isActive(filter)) groups.at(-1)?.push(filter);
    });
    const filters = groups.flatMap(inOne);
    this.current.change({ filters });
    this.clear.disabled = !filters.length;
  }

  #draw() {
    const { lines, list, none, clear, current } = this;
    this.close();
    /** @type {HTMLElement[]} */
    const groups = [];
    lines.forEach((line, at) => {
      if (!line.isOr || !groups.length) groups.push(element("div", "ls-either"));
      groups.at(-1)?.append(this.#line(line, at));
    });
    list.replaceChildren(...groups);
    none.hidden = lines.length > 0;
    clear.disabled = !current.filters.length;
  }

  /**
   * @param {Line} line
   * @param {number} at
   */
  #line(line, at) {
    const { texts } = this;
    const made = element("div", "ls-condition");
    const says = fill(texts.conditionAt, { n: at + 1 });
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", says);
    const remove = iconButton("remove", `${texts.removeCondition}: ${says}`);
    remove.addEventListener("click", () => this.#remove(at));
    line.fields = new Condition(line.filter, this, (filter) => {
      line.filter = filter;
      this.#tell();
    });
    made.append(this.#joint(line, at), line.fields.element, remove);
    return made;
  }

  /**
   * @param {Line} line
   * @param {number} at
   */
  #joint(line, at) {
    const { texts } = this;
    if (at === 0) return element("span", "ls-joint", texts.where);
    /** @type {[string, string][]} */
    const words = [
      ["and", texts.and],
      ["or", texts.or],
    ];
    const joint = line.isOr ? "or" : "and";
    return select("ls-field ls-joint", texts.joint, words, joint, (word) => {
      line.isOr = word === "or";
      this.#tell();
      this.#draw();
      const again = this.list.querySelectorAll(".ls-joint")[at];
      /** @type {HTMLElement} */ (again).focus();
    });
  }

  /** @param {number} at */
  #remove(at) {
    const { lines } = this;
    // The next condition now follows the one above.
    if (lines[at + 1] && !lines[at].isOr) lines[at + 1].isOr = false;
    this.close();
    lines.splice(at, 1);
    this.#tell();
    this.#draw();
    this.#focus(Math.min(at, lines.length - 1));
  }
}
