/**
 * The types and constants of `livesheet.v1`: the frames and what they contain. docs/protocol.md
 * describes them; tests/frames/ has one example of each. This module imports nothing, so every
 * other module may import it.
 */

/** @import {DateSigns} from "./values/moments.js" */

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

/** The limits until the first hello. @type {Limits} */
export const DEFAULT_LIMITS = {
  frame_bytes: 65_536,
  cells: 500,
  rows: 200,
  have: 10_000,
  window: 500,
  resend_days: 7,
};

/** The name under which a grid record carries its pk; no Python identifier can collide with it. */
export const PK = "$pk";

/** The beginning of the key of a group's heading, which no pk and no key of a new row has. */
export const HEADING = "+group:";

/** Rows that the grid has just inserted have no key yet. @param {string} [key] */
export const isHeading = (key = "") => key.startsWith(HEADING);

/** The beginning of the key of a placeholder, for a row of a large sheet that is not loaded yet. */
export const ABSENT = "+row:";

/** @param {string} [key] */
export const isAbsent = (key = "") => key.startsWith(ABSENT);

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "offline" | "forbidden" | "reload"} Status
 *
 * @typedef {string} Pk  always a string: a JavaScript number corrupts above 2^53
 * @typedef {any} Value  a value in the form of the wire
 * @typedef {[Pk, ...Value[]]} WireRow  the values in the order of hello's columns
 * @typedef {Record<string, Value> & {$pk: Pk}} GridRow  one row in the form of the grid
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
 * @property {{model: string, complete: boolean, user?: boolean}} [related]  user: its keys are users'
 * @property {Value} [default]  the server fills this in, if it is known beforehand
 * @property {boolean} [key]  whether it is the primary key
 * @property {boolean} [big]  an integer that is a string on the wire
 * @property {boolean} [image]  a file that can be shown
 * @property {{type: string, decimal_places?: number, big?: boolean}} [items]  of a list
 * @property {Record<string, any>} [options]  the consumer's column_options, as they are
 *
 * @typedef {object} Me
 * @property {string | null} id
 * @property {string} name
 * @property {string} colour
 * @property {string} [key]  this connection's own presence key, where the server tells it
 *
 * @typedef {{frame_bytes: number, cells: number, rows: number, have: number, window?: number,
 *   resend_days: number}} Limits  window: rows that are asked for at once
 *
 * @typedef {{name: string, label: string, confirm: string}} Action  of the sheet's own; confirm: what
 *   is asked before, or ""
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
 * @property {{decimal: string, group: string}} [numbers]  the separators in numbers
 * @property {DateSigns} [dates]
 * @property {Action[]} [actions]  that this user may carry out
 * @property {boolean} [row_style]  behind its columns, each row has the name of its colour
 * @property {boolean} [windowed]  no rows follow, because the browser asks for those that it shows
 * @property {boolean} [atomic_pastes]  a paste is saved as a whole or not at all
 * @property {boolean} [exact_copies]  texts that would be formulas elsewhere are copied as they are
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
 * @property {boolean} [isUndo]  of a request to take something back, or to make it again
 * @property {Refusal[]} [also]  further errors of the same row
 *
 * @typedef {"saved" | "done" | "unchanged" | {pk: Pk} | {error: number} | {errors: number[]}} Result
 * @typedef {{type: "reply", ref: string, ok: boolean, results: Result[],
 *   errors: Refusal[], settled: boolean, left?: Record<string, any>, message?: string}} ReplyFrame
 *
 * @typedef {object} Person
 * @property {string} key  one per connection
 * @property {string | null} id
 * @property {string} name
 * @property {string} colour
 * @property {Pk | null} [pk]
 * @property {string | null} [column]
 * @property {boolean} [editing]
 * @property {boolean} [adding]  is filling in a row that is not saved yet
 * @property {boolean} [left]
 * @property {number} [at]  when this page heard of the place, in milliseconds
 *
 * @typedef {{key: string, name: string, colour: string, initials: string, isMe: boolean,
 *   editing: boolean, adding?: boolean, pk: Pk | null, column: string | null}} Face  key: of the
 *   person
 * @typedef {{name: string, colour: string}} Author  of a change
 *
 * @typedef {{type: "presence", here: Person[], others?: number}} PresenceFrame
 * @typedef {{type: "beat", cursor: string}} BeatFrame
 * @typedef {{type: "bye", code: number, message: string, retry_in: number | null}} ByeFrame
 * @typedef {{type: "error", code: string, message: string, ref?: string}} ErrorFrame
 * @typedef {{type: "answer", ref: string, result?: any,
 *   error?: {code: string, message: string}}} AnswerFrame
 * @typedef {{type: "order", ref: string | null, order: number, count: number, exact: boolean,
 *   about?: number | null, building: boolean, new: number | null}} OrderFrame
 * @typedef {{type: "page", ref: string, order: number, from: number, to: number, place: number,
 *   rows: number, groups?: [number, Value[]][], within?: number}} PageFrame  groups: the rows that
 *   begin a group, with its values; within: how many of the first one's values are also those of
 *   the row above the page, from the outer one
 * @typedef {{type: "part", ref: string, order: number, from: number, keys: Pk[],
 *   rows: WireRow[]}} PartFrame
 * @typedef {{type: "views"}} ViewsFrame  the shared views have changed
 * @typedef {Hello | RowsFrame | ChangeFrame | LabelsFrame | ReplyFrame | PresenceFrame
 *   | BeatFrame | ByeFrame | ErrorFrame | AnswerFrame | ViewsFrame
 *   | OrderFrame | PageFrame | PartFrame} ServerFrame
 *
 * @typedef {[Pk, string, Value, Value]} EditCell  pk, column, value, base
 * @typedef {{type: "edit", ref: string, cells: EditCell[], atomic: boolean}} EditFrame
 * @typedef {{type: "add", ref: string, rows: Record<string, Value>[], atomic: boolean}} AddFrame
 * @typedef {{type: "delete", ref: string, pks: [Pk, string | null][]}} DeleteFrame
 * @typedef {{type: "act", ref: string, action: string, pks: Pk[]}} ActFrame
 *
 * @typedef {{pk: Pk, column: string, value: Value, base: Value, row?: string}} CellEdit  row: what
 *   it was called, for an edit that comes from another copy
 *
 * @typedef {object} KeptRequest  a request that may have been sent
 * @property {string} client  of the copy that sent it
 * @property {EditFrame | AddFrame | DeleteFrame | ActFrame} frame
 * @property {number} bornAt
 * @property {Pk[]} pks  as they are known by now
 *
 * @typedef {"edit" | "add" | "delete" | "act"} Kind
 *
 * @typedef {object} Part  one cell, or one row that is added, deleted or acted on
 * @property {Kind} kind
 * @property {Pk} pk  of an added row: its draft, until the server has named it
 * @property {string} column  "" for rows
 * @property {Value} value  of an action: its name
 * @property {Value} base
 * @property {any} step  returned to the caller as it is
 * @property {{atomic: boolean, settle: (unit: Part) => void, drop: () => void,
 *   tell?: (message: string) => void} | null} batch  the
 *   action on many cells that it is a part of
 * @property {number} tries  how often it was sent under other refs
 * @property {boolean} held  not to be sent just now
 * @property {"saved" | "done" | "unchanged" | Refusal | null} result
 * @property {boolean} echoed  whether a change frame has had the ref and this pk
 * @property {Value} echo  the value of the cell after our edit
 * @property {{value: any} | null} left  the value after it, from the reply; for a row, by column
 * @property {boolean} done
 *
 * @typedef {object} Mark
 * @property {"refused" | "conflict" | "changed"} kind
 * @property {string} message
 * @property {number} at  milliseconds
 * @property {Value} [typed]  what the user had asked for
 * @property {Author | null} [by]  the author of the other change
 * @property {boolean} [isUndo]  the request was to take something back, or to make it again
 *
 * @typedef {object} Outlook  the pending requests
 * @property {(pk: Pk, column: string) => Part | null} pending
 * @property {(pk: Pk) => Part | null} pendingRow
 * @property {boolean} [ready]  whether there is a connection to send it
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

/** The property for a typed text that only the server can understand. */
const TYPED = "$text";

/** @param {string} text */
export const asTyped = (text) => ({ [TYPED]: text });

/**
 * @param {Value} value
 * @returns {string | null} the typed text, if the value is one that only the server can understand
 */
export function typedText(value) {
  if (value === null || typeof value !== "object" || typeof value[TYPED] !== "string") return null;
  return Object.keys(value).length === 1 ? value[TYPED] : null;
}

/**
 * Whether two wire values are the same, strictly by type (`true` is not 1).
 * @param {Value} a
 * @param {Value} b
 * @returns {boolean}
 */
export function sameValue(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
