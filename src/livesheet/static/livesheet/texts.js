/**
 * Every word the widget itself says. A page may give others in its config's `texts`, for another
 * language; the server's messages come translated already.
 */

export const TEXTS = {
  live: "Live",
  connecting: "Connecting",
  reconnecting: "Reconnecting",
  offline: "Offline",
  forbidden: "Not allowed",
  reload: "Reload needed",
  saving: "Saving {n}",
  unsent: "{n} unsent",
  loading: "Loading …",
  rows: "{n} rows",
  rowsFound: "{n} of {all} rows",
  reloadPage: "Reload",
  search: "Find",
  addRow: "Add row",
  deleteRow: "Delete row",
  deleteRows: "Delete {n} rows",
  deleteSure: "Delete {n} rows? This cannot be undone.",
  undo: "Undo",
  redo: "Redo",
  discardRow: "Discard new row",
  newRow: "New row: it is saved when {columns} are filled in.",
  newRowAny: "New row: it is saved as soon as a cell is filled in.",
  pending: "Being saved",
  cancel: "Cancel",
  deleting: "Being deleted",
  changedBy: "Changed by {who}",
  changed: "Just changed",
  youTyped: "You typed: {text}",
  theirs: "Now: {text}",
  useMine: "Use mine",
  keepTheirs: "Keep theirs",
  editAgain: "Edit again",
  dismiss: "Dismiss",
  conflict: "Someone else changed this meanwhile.",
  refused: "Not accepted.",
  expired: "This was typed too long ago to be sent by itself. Is it still right?",
  tooBig: "This is too long to be sent.",
  otherUser: "You are signed in as someone else now, so this was not sent.",
  rowGone: "A row you changed is not there any more.",
  guest: "Guest",
  you: "{name} (you)",
  editing: "{name} is typing",
  noMatch: "Nothing matches",
  more: "{n} more: type to narrow down",
  none: "(none)",
  empty: "No rows yet",
  noGrid: "The grid could not be loaded from {url}.",
  noServer: "The server cannot be reached.",
  misplaced: "Changed since sorting: it moves when you sort again",
  sortHint: "Sort by {column}",

  // Cells and their editors
  pickDate: "Pick a date",

  // Editing, pasting, rows
  cut: "Cut",
  copy: "Copy",
  paste: "Paste",
  pasteByKey: "The browser does not let a menu read the clipboard. Press Ctrl+V, on a Mac Cmd+V.",
  clearCells: "Clear cells",
  fillDown: "Fill down",
  fillRight: "Fill to the right",
  insertAbove: "Insert row above",
  insertBelow: "Insert row below",
  duplicateRow: "Duplicate row",
  duplicateRows: "Duplicate {n} rows",
  deleteSureAgain:
    "Delete {n} rows? Undo adds them again, as new rows with what this sheet shows of them.",
  rowsAgain: "Back as new rows. What this sheet does not show of them could not be brought back.",
  mayNotAdd: "You may not add rows here, so what was deleted cannot be brought back.",
  stillSaving: "This is still being saved. Try again in a moment.",
  notUndone: "Not undone: {who} has changed this since.",
  someone: "someone else",
  required: "Required",
  stillNeeded: "New row. Before it can be saved it needs:",
  savingMany: "{done} of {n} saved",
  takingBack: "{done} of {n} taken back",
  stop: "Stop",
  savedMany: "{n} saved",
  takenBackMany: "{n} taken back",
  refusedMany: "{refused} refused",
  notSentMany: "{rest} not sent",
  nothingSaved:
    "Nothing was saved: {refused} refused, and this sheet saves all of a paste or nothing",
  showRefused: "Show them",
  refusedAt: "Refused: {at} of {n}",
  previous: "Previous",
  next: "Next",
  close: "Close",
  wholeCells:
    "This sheet saves all of a paste or nothing, and so takes {most} cells at once. These are {n}.",
  wholeRows:
    "This sheet saves all of a paste or nothing, and so takes {most} new rows at once. These are {n}.",
  wholeBytes:
    "This sheet saves all of a paste or nothing, and this one is too long to be sent at once.",
  wholeMixed:
    "This sheet saves all of a paste or nothing. Paste over saved rows or below the last one, not both.",
  wholeIncomplete:
    "This sheet saves all of a paste or nothing, and a new row of it lacks what is required.",
  findReplace: "Find and replace",
  findWhat: "Find",
  replaceWith: "Replace with",
  matchCase: "Match case",
  wholeCell: "Whole cell",
  inSelection: "In the selection",
  replaceOne: "Replace",
  replaceAll: "Replace all",
  foundAt: "{at} of {n}",
  foundMany: "{n} found",
  notFound: "Nothing found",
  replacedMany: "{n} replaced",
  replacedSome: "{n} replaced, {locked} cannot be changed here",

  // Finding: sorting, filters, columns, the foot

  // People: states, presence, history, what is unsent

  // The page: themes, printing, shortcuts
  menu: "More",
};

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
