/**
 * The words of `livesheet.v1`: what the frames are called and what stands in them.
 * The full text is docs/protocol.md; tests/frames/ holds one example of each frame.
 * Imports nothing, so that every other module may import it.
 */

export const SUBPROTOCOL = "livesheet.v1";

/** Seconds between two beats of the server, and between two pings of ours. */
export const BEAT_SECONDS = 20;

/** `bye` codes after which reconnecting cannot help, and what the status light says then. */
export const FINAL_CODES = new Map([
  [4400, /** @type {Status} */ ("reload")],
  [4401, /** @type {Status} */ ("forbidden")],
  [4403, /** @type {Status} */ ("forbidden")],
  [4404, /** @type {Status} */ ("forbidden")],
  [4413, /** @type {Status} */ ("forbidden")],
]);

/** What holds until the first hello. @type {Limits} */
export const DEFAULT_LIMITS = {
  frame_bytes: 65_536,
  cells: 500,
  rows: 200,
  have: 10_000,
  resend_days: 7,
};

/** The name under which a grid record carries its pk; no Python identifier can collide with it. */
export const PK = "$pk";

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "offline" | "forbidden" | "reload"} Status
 *
 * @typedef {string} Pk  always a string: a JavaScript number corrupts above 2^53
 * @typedef {any} Value  a value as it stands on the wire
 * @typedef {[Pk, ...Value[]]} WireRow  the values in the order of hello's columns
 * @typedef {Record<string, Value> & {$pk: Pk}} GridRow  one row as the grid holds it
 *
 * @typedef {object} Column
 * @property {string} name
 * @property {string} title
 * @property {string} type
 * @property {boolean} readonly
 * @property {boolean} required
 * @property {boolean} null
 * @property {boolean} blank
 * @property {string} help
 * @property {number} [max_length]
 * @property {number} [max_digits]
 * @property {number} [decimal_places]
 * @property {[Value, string][]} [choices]
 * @property {{model: string, complete: boolean}} [related]
 * @property {boolean} [key]  it names the row
 * @property {boolean} [big]  an integer that is a string on the wire
 * @property {boolean} [image]  a file that can be shown
 * @property {{type: string, decimal_places?: number, big?: boolean}} [items]  of a list
 * @property {Record<string, any>} [options]  the consumer's column_options, as they are
 *
 * @typedef {object} Custom  what a page says of a column; each is optional
 * @property {(value: Value, column: Column) => string} [format]  the text that is shown, found, copied
 * @property {(text: string, column: Column) => Value} [parse]  the wire value of what was typed
 * @property {(td: HTMLTableCellElement, value: Value, look: Look, column: Column) => void} [paint]
 *   what stands in the cell; never markup out of a value
 * @property {(editors: {TextEditor: any, ListEditor: any, DateEditor: any}, column: Column) => any}
 *   [editor]  a class, derived from one of these
 *
 * @typedef {object} Me
 * @property {string | null} id
 * @property {string} name
 * @property {string} colour
 * @property {string} [key]  this connection's own presence key, where the server tells it
 *
 * @typedef {{frame_bytes: number, cells: number, rows: number, have: number,
 *   resend_days: number}} Limits
 *
 * @typedef {object} Hello
 * @property {"hello"} type
 * @property {string} protocol
 * @property {string} sheet
 * @property {string} title
 * @property {string} digest
 * @property {Me} me
 * @property {Column[]} columns
 * @property {{add: boolean, change: boolean, delete: boolean, history?: boolean}} can
 * @property {Limits} limits
 * @property {string} zone
 * @property {{decimal: string, group: string}} [numbers]  the signs in them
 * @property {boolean} [atomic_pastes]  a paste is saved as a whole or not at all
 *
 * @typedef {{type: "rows", rows: WireRow[], reset?: boolean, done?: boolean, cursor?: string}} RowsFrame
 * @typedef {[string, string] | [string, string, Pk, number]} EchoRef
 * @typedef {string | [string, string]} Who  a user's key, an origin, or both
 * @typedef {{type: "change", cursor: string, rows: WireRow[], gone: Pk[],
 *   by: Record<Pk, Who>, refs: EchoRef[]}} ChangeFrame
 * @typedef {{type: "labels", column: string, labels: Record<string, string>}} LabelsFrame
 *
 * @typedef {object} Refusal
 * @property {Pk | null} [pk]
 * @property {string | null} [column]
 * @property {string} code
 * @property {string} message
 * @property {Value} [value]
 * @property {{id: string | null, name: string, colour?: string} | null} [by]
 * @property {Refusal[]} [also]  further errors of the same row
 *
 * @typedef {"saved" | "unchanged" | {pk: Pk} | {error: number} | {errors: number[]}} Result
 * @typedef {{type: "reply", ref: string, ok: boolean, results: Result[],
 *   errors: Refusal[], settled: boolean}} ReplyFrame
 *
 * @typedef {object} Person
 * @property {string} key  one per connection
 * @property {string | null} id
 * @property {string} name
 * @property {string} colour
 * @property {Pk | null} [pk]
 * @property {string | null} [column]
 * @property {boolean} [editing]
 * @property {boolean} [left]
 * @property {number} [at]  when this page heard of the place, in milliseconds
 *
 * @typedef {{key: string, name: string, colour: string, initials: string, isMe: boolean,
 *   editing: boolean, pk: Pk | null, column: string | null}} Face  key: of the person
 * @typedef {{name: string, colour: string}} Author  of a change
 *
 * @typedef {{type: "presence", here: Person[]}} PresenceFrame
 * @typedef {{type: "beat", cursor: string}} BeatFrame
 * @typedef {{type: "bye", code: number, message: string, retry_in: number | null}} ByeFrame
 * @typedef {{type: "error", code: string, message: string, ref?: string}} ErrorFrame
 * @typedef {{type: "answer", ref: string, result?: any,
 *   error?: {code: string, message: string}}} AnswerFrame
 * @typedef {Hello | RowsFrame | ChangeFrame | LabelsFrame | ReplyFrame | PresenceFrame
 *   | BeatFrame | ByeFrame | ErrorFrame | AnswerFrame} ServerFrame
 *
 * @typedef {[Pk, string, Value, Value]} EditCell  pk, column, value, base
 * @typedef {{type: "edit", ref: string, cells: EditCell[], atomic: boolean}} EditFrame
 * @typedef {{type: "add", ref: string, rows: Record<string, Value>[], atomic: boolean}} AddFrame
 * @typedef {{type: "delete", ref: string, pks: [Pk, string | null][]}} DeleteFrame
 *
 * @typedef {{pk: Pk, column: string, value: Value, base: Value, row?: string}} CellEdit  row: what
 *   it was called, for an edit that comes from another copy
 *
 * @typedef {object} KeptFlight  a wish that may have been sent
 * @property {string} client  of the copy that sent it
 * @property {EditFrame | AddFrame | DeleteFrame} frame
 * @property {number} bornAt
 * @property {Pk[]} pks  as they are known by now
 *
 * @typedef {"edit" | "add" | "delete"} Kind
 *
 * @typedef {object} Unit  one cell, one added row or one deleted row
 * @property {Kind} kind
 * @property {Pk} pk  of an added row: its draft, until the server has named it
 * @property {string} column  "" for rows
 * @property {Value} value
 * @property {Value} base
 * @property {any} step  whatever the caller wants back
 * @property {{atomic: boolean, settle: (unit: Unit) => void, drop: () => void} | null} batch  the
 *   action on many cells that it is a part of
 * @property {number} tries  how often it was sent under other refs
 * @property {boolean} held  not to be sent just now
 * @property {"saved" | "unchanged" | Refusal | null} result
 * @property {boolean} echoed  a change frame has borne the ref and this pk
 * @property {Value} echo  what that change said
 * @property {boolean} done
 *
 * @typedef {object} Mark
 * @property {"refused" | "conflict" | "changed"} kind
 * @property {string} message
 * @property {number} at  milliseconds
 * @property {Value} [typed]  what the user had wished for
 * @property {Author | null} [by]  who was faster
 *
 * @typedef {object} Outlook  what is pending
 * @property {(pk: Pk, column: string) => Unit | null} pending
 * @property {(pk: Pk) => Unit | null} pendingRow
 * @property {boolean} [ready]  there is a line to send it over
 *
 * @typedef {object} Screen  what the sheet shows, as far as there is a grid yet
 * @property {(pks: Iterable<Pk>) => void} refresh  these rows have other values or looks
 * @property {() => void} arrange  rows have come, gone or moved
 * @property {() => void} repaint  labels or headers are others
 * @property {() => void} rebuild  the columns are others
 * @property {(pk: Pk, column?: string) => void} select
 * @property {(draft: Pk, pk: Pk) => void} rename
 * @property {(message: string) => void} say
 * @property {(name: string, detail: object) => void} tell  a DOM event
 * @property {(unsettled: number) => void} count
 *
 * @typedef {object} Look  what there is to say about one cell
 * @property {string} text
 * @property {string[]} [parts]  what the items of a list are called
 * @property {boolean} pending
 * @property {boolean} unsent  pending, and there is no line to send it over
 * @property {Mark | null} mark
 * @property {Person[]} people
 * @property {string} tag  who they are
 * @property {boolean} readonly
 * @property {"" | "draft" | "deleting"} row
 * @property {boolean} missing  a draft cannot be saved without it
 * @property {string} title
 * @property {boolean} [found]  by what is searched for
 * @property {number} now
 *
 * @typedef {{state: "" | "draft" | "deleting" | "misplaced", title: string}} RowLook
 * @typedef {{direction: "" | "ascending" | "descending", rank: number, stale: boolean,
 *   filtered: boolean, hint: string, menu: string}} SortLook  rank: 0 where no other is sorted by
 * @typedef {CellEdit & {before: Value}} Commit  before: what stood in the cell
 *
 * @typedef {{options: {value: Value, text: string}[], more: boolean}} Found
 *
 * @typedef {object} GridHost  what the grid asks of the sheet, and what it tells it
 * @property {HTMLElement} root
 * @property {Record<string, string>} texts
 * @property {Column[]} columns
 * @property {{add: boolean, change: boolean, delete: boolean}} can
 * @property {(column: Column, value: Value) => string} format
 * @property {(column: Column, value: Value) => string} editText  what an editor starts with
 * @property {(column: Column, value: Value) => string} copyText  what other programs are given
 * @property {(column: Column, text: Value) => Value} parse
 * @property {(column: Column) => {value: Value, text: string}[]} options
 * @property {(column: Column, value: Value) => {value: Value, text: string}[]} named  a list's items
 * @property {(column: Column, text: string) => Promise<Found>} search  for what a relation may hold
 * @property {(column: Column, options: {value: Value, text: string}[]) => void} learn
 * @property {(pk: Pk, column: string) => Value} shown  with what is pending over it
 * @property {(pk: Pk, column: string) => Value} base  what the server last said
 * @property {(pk: Pk, column: Column, value: Value) => Look} look
 * @property {(pk: Pk) => RowLook} rowLook
 * @property {(column: Column) => SortLook} sortLook
 * @property {(edits: Commit[]) => void} onEdits
 * @property {(edits: Commit[], below: Record<string, Value>[]) => void} onPaste  below: new rows,
 *   for what stands under the last one
 * @property {() => {decimalComma: boolean, dateOrder: string}} habits  of the user's language
 * @property {(pk: Pk | null, column: string | null, editing: boolean) => void} onSelect
 * @property {(column: string, isAdded: boolean) => void} onSort  isAdded: to the other sorted columns
 * @property {{widths: Record<string, number>, frozen: number | null}} layout
 * @property {(column: string, width: number) => void} onResize
 * @property {(column: string, button: HTMLElement) => void} onColumnMenu
 * @property {CommandList} commands
 * @property {(column: string) => Custom} custom  what the page says of a column
 *
 * @typedef {object} Target  what is selected
 * @property {Pk[]} pks  of every row that the selection touches
 * @property {Pk | null} pk  of the cell that has the focus
 * @property {string | null} column
 * @property {string[]} columns  that the selection touches
 * @property {{pks: Pk[], columns: string[]}[]} blocks  all that is selected, the last one last
 *
 * @typedef {object} Command  something that can be done with a sheet besides typing into it
 * @property {string} name  unique
 * @property {(target: Target) => string} text  in the user's language
 * @property {"context" | "menu" | "both" | "none"} where  offered at cells, in the bar's menu
 * @property {string} group  commands of one group stand together
 * @property {string[]} [keys]  `mod+shift+z`; mod is Ctrl, on a Mac Cmd
 * @property {() => boolean} [isOffered]  shown at all, to this user, now
 * @property {(target: Target) => boolean} [isEnabled]
 * @property {() => boolean} [isChosen]  of several, this one is in force: it bears a tick
 * @property {(target: Target) => void} run
 *
 * @typedef {object} CommandList
 * @property {(where: "context" | "menu") => Command[]} offered  in groups
 * @property {(event: KeyboardEvent, target: Target) => Command | null} of  what these keys mean
 *
 * @typedef {object} GridSurface  what gestures need of the grid
 * @property {any} hot
 * @property {HTMLElement} element
 * @property {Column[]} columns
 * @property {GridRow[]} records
 * @property {Map<Pk, number>} places
 * @property {boolean} isEditing
 * @property {(prop: string | number) => Column} columnOf
 * @property {() => void} settle
 * @property {(pks: Iterable<Pk>) => void} refresh
 *
 * @typedef {object} Clock
 * @property {() => number} now  milliseconds
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/** @type {Clock} */
export const realClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
};

/** Under this name a wish carries what was typed, where only the server can tell what it means. */
const TYPED = "$text";

/** @param {string} text */
export const asTyped = (text) => ({ [TYPED]: text });

/**
 * @param {Value} value
 * @returns {string | null} what was typed, if the value is no more than that
 */
export function typedText(value) {
  if (value === null || typeof value !== "object" || typeof value[TYPED] !== "string") return null;
  return Object.keys(value).length === 1 ? value[TYPED] : null;
}

/**
 * Whether two wire values are the same, strictly by type (`true` is not 1), lists as sets.
 * @param {Value} a
 * @param {Value} b
 * @returns {boolean}
 */
export function sameValue(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
