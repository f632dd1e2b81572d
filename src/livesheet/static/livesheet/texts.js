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
  useMine: "Keep mine",
  keepTheirs: "Take theirs",
  editAgain: "Edit again",
  dismiss: "Dismiss",
  conflict: "Someone else changed this meanwhile.",
  refused: "Not accepted.",
  expired: "This was typed too long ago to be sent by itself. Is it still right?",
  tooBig: "This is too long to be sent.",
  otherUser: "You are signed in as someone else now, so this was not sent.",
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

  // Finding: sorting, filters, columns, the foot

  // People: states, presence, history, what is unsent
  unsentCell: "Not sent yet: it goes out when the line is back",
  readonly: "Read-only",
  notices: "Notices",
  people: "Who is here",
  morePeople: "{n} more people",
  goTo: "{name}: go to the cell",
  isSomewhere: "{name} is here",
  isNowhere: "{name} is here, but on no cell that you see.",
  isHidden: "{name} is on “{row}”, which your filters hide.",
  isHere: "{name} is here",
  typingHere: "{name} is typing here",
  typingToo: "{name} is typing here, too. Who saves second is asked which value to keep.",
  answer: "Answer the note at this cell",
  answerWith: "Press F6 in the cell to answer.",
  manyRefused: "{n} cells were not saved. Each says why.",
  noteKeys: "F6 to get here by keyboard, Esc to go back",
  rowGoneBy: "{who} removed “{row}”, the row you were in.",
  rowGoneHere: "“{row}”, the row you were in, is not there any more.",
  typedLostBy: "{who} removed “{row}”. What you typed there was not saved:",
  typedLost: "“{row}” is not there any more. What you typed there was not saved:",
  copyTyped: "Copy what you typed",
  copied: "Copied",
  notKept: "only in this tab: the browser keeps nothing",
  broughtBack: "{n} unsent edits from before are here again.",
  waitedInVain: "{n} of the edits that had waited were not saved. Their cells say why.",
  showNext: "Show",

  // The page: themes, printing, shortcuts
  menu: "More",
  close: "Close",
  themeSystem: "Colours of the system",
  themeLight: "Light colours",
  themeDark: "Dark colours",
  fullscreen: "Full screen",
  leaveFullscreen: "Leave full screen",
  print: "Print …",
  printedAt: "Printed on {when}",
  printedFound: "Found with “{query}”",
  printedPart:
    "Only the first {n} of {all} rows are printed. Narrow them down to print the others.",
  cells: "Cells",
  offered: "What may stand here",
  toCells: "To the cells",
  leaveCells: "Leave the cells",
  leftCells: "Out of the cells: Tab goes on, Enter goes back",
  atCell: "{column}, row {row}: {text}",
  shortcuts: "Keyboard shortcuts",
  shortcutsCells: "In the cells",
  shortcutsSheet: "Commands",
  keyMove: "Go to the next cell",
  keyNext: "To the right, to the left",
  keyRowEnds: "To the first or last column",
  keySheetEnds: "To the first or last cell",
  keyPages: "A screen up or down",
  keyExtend: "Select more cells",
  keyAll: "Select all",
  keyEdit: "Edit the cell",
  keyTick: "Turn a tick box",
  keyEmpty: "Empty the cells",
  keyClipboard: "Copy, cut, paste",
};

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
