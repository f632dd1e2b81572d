/**
 * The tools in the bar that arrange the sheet: their names, and how many of their settings are in
 * force. Their panels have the same names, and are loaded later.
 */

import { count } from "../texts.js";

/** @import {CurrentView} from "./current.js" */
/** @import {Tool} from "../surfaces.js" */

/**
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 * @returns {Omit<Tool, "fill" | "when">[]}
 */
export function viewTools(current, texts) {
  const { store } = current;
  const titles = (/** @type {{column: string}[]} */ entries) =>
    entries.map(({ column }) => store.column(column)?.title ?? column).join(", ");
  const many = (/** @type {string} */ word, /** @type {number} */ n) => ({
    n,
    words: count(texts, word, n),
  });
  return [
    {
      name: "columns",
      icon: "columns",
      text: texts.columnsTitle,
      rank: 10,
      inForce: () => many("hiddenMany", store.columns.length - store.shownColumns.length),
    },
    {
      name: "filter",
      icon: "filter",
      text: texts.filter,
      rank: 20,
      inForce: () => many("conditionMany", current.conditions.length),
    },
    {
      name: "sort",
      icon: "sort",
      text: texts.sort,
      rank: 30,
      inForce: () => ({ n: store.order.sorts.length, words: titles(store.order.sorts) }),
    },
    {
      name: "group",
      icon: "group",
      text: texts.group,
      rank: 40,
      inForce: () => ({ n: store.groups.by.length, words: titles(store.groups.by) }),
    },
    {
      name: "colour",
      icon: "colour",
      text: texts.colour,
      rank: 50,
      inForce: () => many("ruleMany", current.view.colours.length),
    },
    {
      name: "height",
      icon: "height",
      text: texts.height,
      rank: 60,
      inForce: () => ({ n: 0, words: "" }),
    },
  ];
}
