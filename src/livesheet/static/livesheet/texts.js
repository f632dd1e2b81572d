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
  day: "day",
  days: "days",
  openLink: "Open {text}",
  writeTo: "Write to {text}",
  openFile: "Open {text}",
  searching: "Searching …",
  searchOffline: "Offline: only what is here already can be found.",
  searchFailed: "The search did not work. Type again.",
  manyMore: "There are more: type to narrow down",
  pickSearch: "Type to search",
  nothingPicked: "Nothing picked yet",
  unpick: "Take {text} away",

  // Editing, pasting, rows

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
