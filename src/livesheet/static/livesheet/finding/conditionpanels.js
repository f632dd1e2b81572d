/**
 * The two panels that consist of conditions: those that a row must meet to be shown, and those that
 * colour cells and rows. A condition is a column, a kind, and the values that the kind needs.
 */

import { element, iconButton, select } from "../elements.js";
import { AN_HOUR, inOne, isActive, partsOf, SINCE } from "../store/conditions.js";
import { fill } from "../texts.js";
import { COLOURS } from "../values/colours.js";
import { isText } from "../values/kinds.js";
import { isRanged, kindsOf } from "./filters.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {Filter, Kind, Rule} from "../store/conditions.js" */
/** @import {CurrentView} from "./current.js" */
/** @import {FilterForm} from "./filterform.js" */

/**
 * @typedef {object} Line
 * @property {Filter} filter  may have no value yet
 * @property {boolean} isOr  whether it is joined to the one above by “or”
 * @property {Condition} [fields]  once it is shown
 */

/**
 * All filters, one below the other. Those that are joined by “or” are framed, to distinguish them
 * from those that are joined by “and”.
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

/** The rules by which cells and rows are coloured. If several apply, the first one counts. */
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

/**
 * @typedef {object} FormHandlers
 * @property {Kind[]} kinds
 * @property {() => Pk[]} pks
 * @property {(filter: Filter | null) => void} onChange
 *
 * @typedef {(column: Column, filter: Filter, handlers: FormHandlers) => FilterForm} MakeForm
 */

/**
 * @param {Column} column
 * @returns {Filter} of the column's most common kind, without a value yet
 */
function emptyOf(column) {
  const usual = isRanged(column) ? "equals" : isText(column) ? "contains" : "in";
  const kinds = kindsOf(column);
  return { column: column.name, kind: kinds.includes(usual) ? usual : kinds[0] };
}

/** The form of one condition. */
class Condition {
  /**
   * @param {Filter} filter
   * @param {{current: CurrentView, texts: Record<string, string>, makeForm: MakeForm}} panel
   * @param {(filter: Filter) => void} onChange
   */
  constructor(filter, { current, texts, makeForm }, onChange) {
    this.current = current;
    this.texts = texts;
    this.makeForm = makeForm;
    this.onChange = onChange;
    /** @type {FilterForm | null} null for conditions on whole rows */
    this.form = null;
    this.element = element("div", "ls-condition-fields");
    this.column = this.#columns(filter.column);
    this.#draw(filter);
  }

  /** Applies what has been typed last. */
  close() {
    this.form?.close();
  }

  /** @param {string} chosen */
  #columns(chosen) {
    const { texts, current } = this;
    const { columns } = current.store;
    const choices = columns.map(
      ({ name, title }) => /** @type {[string, string]} */ ([name, title]),
    );
    choices.push(["", texts.wholeRow]);
    return select("ls-field ls-condition-column", texts.column, choices, chosen, (name) => {
      const column = current.store.column(name);
      this.close();
      const filter = column
        ? emptyOf(column)
        : /** @type {Filter} */ ({ column: "", kind: "recent", seconds: AN_HOUR });
      this.#draw(filter);
      this.onChange(filter);
    });
  }

  /** @param {Filter} filter */
  #draw(filter) {
    const { store } = this.current;
    const column = store.column(filter.column);
    this.form = column ? this.#form(column, filter) : null;
    this.element.replaceChildren(this.column, this.form?.element ?? this.#since(filter));
  }

  /**
   * @param {Column} column
   * @param {Filter} filter
   */
  #form(column, filter) {
    return this.makeForm(column, filter, {
      kinds: kindsOf(column),
      pks: () => [...this.current.store.rows.pks()],
      onChange: (changed) => this.onChange(changed ?? emptyOf(column)),
    });
  }

  /** @param {Filter} filter */
  #since(filter) {
    const { texts } = this;
    const spans = Object.entries(SINCE).map(
      ([seconds, name]) => /** @type {[string, string]} */ ([seconds, texts[name]]),
    );
    const chosen = String(filter.seconds ?? AN_HOUR);
    return select("ls-field ls-since", texts.filterBy, spans, chosen, (seconds) =>
      this.onChange({ ...filter, seconds: Number(seconds) }),
    );
  }
}
