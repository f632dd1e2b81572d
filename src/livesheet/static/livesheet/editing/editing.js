/**
 * The commands for cells and rows: what the clipboard and the keyboard do to a block of cells, how
 * rows are inserted and deleted, and undo.
 */

import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";
import { emptyValue, isReadonly } from "../values/kinds.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Command, Target} from "../surfaces.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function editing(sheet) {
  return {
    commands: [
      ...clipboardCommands(sheet),
      ...cellCommands(sheet),
      ...rowCommands(sheet),
      ...undoCommands(sheet),
    ],
  };
}

/** @param {SheetSurface} sheet */
const mayWrite = ({ store }) => store.can.change || store.can.add;

/**
 * @param {SheetSurface} sheet
 * @returns {Command[]}
 */
function clipboardCommands(sheet) {
  const { store, outgoing, texts, stage } = sheet;
  const isOffered = () => mayWrite(sheet);
  const clipboard = () => stage.grid?.clipboard;
  return [
    {
      name: "cut",
      text: () => texts.cut,
      where: "context",
      group: "cell",
      isOffered,
      run: () => clipboard()?.toClipboard("cut"),
    },
    {
      name: "endCut",
      text: () => texts.endCut,
      where: "none",
      group: "cell",
      keys: ["escape"],
      isOffered: () => store.cut.length > 0,
      run: () => clipboard()?.endCut(),
    },
    {
      name: "copy",
      text: () => texts.copy,
      where: "context",
      group: "cell",
      run: () => clipboard()?.toClipboard("copy"),
    },
    {
      name: "paste",
      text: () => texts.paste,
      where: "context",
      group: "cell",
      isOffered,
      run: async () => {
        const isRead = await clipboard()?.fromClipboard();
        if (!isRead) outgoing.sayImpossible(texts.pasteByKey);
      },
    },
  ];
}

/**
 * @param {SheetSurface} sheet
 * @returns {Command[]}
 */
function cellCommands(sheet) {
  const { store, texts } = sheet;
  const isOffered = () => mayWrite(sheet);
  return [
    {
      name: "clear",
      isOfRows: true,
      text: () => texts.clearCells,
      where: "context",
      group: "cell",
      keys: ["delete", "backspace"],
      isOffered,
      run: (target) => write(sheet, cleared(store, target)),
    },
    {
      name: "fillDown",
      isOfRows: true,
      text: () => texts.fillDown,
      where: "none",
      group: "cell",
      keys: ["mod+d"],
      isOffered,
      isEnabled: ({ blocks }) => blocks.some(({ pks }) => pks.length > 1),
      run: (target) => sheet.run("fillDown", target, false),
    },
    {
      name: "fillRight",
      isOfRows: true,
      text: () => texts.fillRight,
      where: "none",
      group: "cell",
      keys: ["mod+r"],
      isOffered,
      isEnabled: ({ blocks }) => blocks.some(({ columns }) => columns.length > 1),
      run: (target) => sheet.run("fillRight", target, false),
    },
  ];
}

/** @typedef {{pk: Pk, column: Column, value: Value}} Cell  a cell and its new value */

/**
 * @param {Store} store
 * @param {Target} target
 * @returns {Cell[]}
 */
function cleared(store, { blocks }) {
  return blocks.flatMap(({ pks, columns }) =>
    known(store, columns).flatMap((column) =>
      pks.map((pk) => ({ pk, column, value: emptyValue(column) })),
    ),
  );
}

/**
 * @param {Store} store
 * @param {string[]} names
 */
export const known = (store, names) => names.flatMap((name) => store.column(name) ?? []);

/**
 * Writes the cells that change and that the user may write, as one action.
 * @param {Pick<SheetSurface, "store" | "outgoing">} sheet
 * @param {Cell[]} cells
 */
export function write({ store, outgoing }, cells) {
  const commits = cells.flatMap(({ pk, column, value }) => {
    const before = store.shown(pk, column.name);
    const isOurs = store.can.change || store.drafts.has(pk);
    if (isReadonly(column) || !isOurs || sameValue(value, before)) return [];
    return [{ pk, column: column.name, value, base: store.base(pk, column.name), before }];
  });
  if (commits.length) outgoing.edit(commits);
}

/**
 * @param {SheetSurface} sheet
 * @returns {Command[]}
 */
function rowCommands({ store, outgoing, texts }) {
  const mayAdd = () => store.can.add;

  const areDrafts = (/** @type {Pk[]} */ pks) => pks.every((pk) => store.drafts.has(pk));

  /** @param {Pk} pk */
  const rowBelow = (pk) => {
    const pks = store.order.settle();
    const at = pks.indexOf(pk);
    return at < 0 ? null : (pks[at + 1] ?? null);
  };

  /** @param {Target} target */
  const duplicate = ({ pks }) => {
    const columns = store.columns.filter((column) => !isReadonly(column));
    const above = rowBelow(pks[pks.length - 1]);
    const rows = pks.map((pk) => {
      const cells = columns.map(({ name }) => [name, store.shown(pk, name)]);
      return { values: Object.fromEntries(cells.filter(([, value]) => value !== null)), above };
    });
    outgoing.edit([], rows);
  };

  return [
    {
      name: "insertAbove",
      text: () => texts.insertAbove,
      where: "context",
      group: "rows",
      keys: ["mod+alt+="],
      isOffered: mayAdd,
      isEnabled: ({ pks }) => pks.length > 0,
      run: ({ pks }) => outgoing.addRow(pks[0]),
    },
    {
      name: "insertBelow",
      text: () => texts.insertBelow,
      where: "context",
      group: "rows",
      isOffered: mayAdd,
      isEnabled: ({ pks }) => pks.length > 0,
      run: ({ pks }) => {
        const last = pks[pks.length - 1];
        outgoing.addRow(rowBelow(last), undefined, last);
      },
    },
    {
      name: "duplicate",
      isOfRows: true,
      text: ({ pks }) =>
        pks.length > 1 ? fill(texts.duplicateRows, { n: pks.length }) : texts.duplicateRow,
      where: "context",
      group: "rows",
      keys: ["mod+shift+d"],
      isOffered: mayAdd,
      isEnabled: ({ pks }) => pks.length > 0,
      run: duplicate,
    },
    {
      name: "add",
      text: () => texts.addRow,
      where: "context",
      group: "rows",
      isOffered: mayAdd,
      run: () => outgoing.addRow(),
    },
    {
      name: "saveRow",
      text: () => texts.saveRow,
      where: "none",
      group: "rows",
      keys: ["mod+enter"],
      isOffered: mayAdd,
      isEnabled: ({ pk }) => pk !== null && outgoing.adding.isOpen(pk),
      run: ({ pk }) => pk !== null && outgoing.adding.save(pk),
    },
    {
      name: "delete",
      isOfRows: true,
      text: ({ pks }) => {
        if (pks.length > 1) return fill(texts.deleteRows, { n: pks.length });
        return areDrafts(pks) ? texts.discardRow : texts.deleteRow;
      },
      where: "context",
      group: "rows",
      keys: ["mod+alt+-"],
      isOffered: () => store.can.add || store.can.delete,
      isEnabled: ({ pks }) => store.can.delete || areDrafts(pks),
      run: ({ pks }) => outgoing.delete(pks),
    },
  ];
}

/**
 * @param {SheetSurface} sheet
 * @returns {Command[]}
 */
function undoCommands({ store, outgoing, texts }) {
  const isOffered = () => store.can.change;
  return [
    {
      name: "undo",
      text: () => texts.undo,
      where: "both",
      group: "undo",
      keys: ["mod+z"],
      isOffered,
      run: () => outgoing.undo(),
    },
    {
      name: "redo",
      text: () => texts.redo,
      where: "both",
      group: "undo",
      keys: ["mod+shift+z", "mod+y"],
      isOffered,
      run: () => outgoing.redo(),
    },
  ];
}
