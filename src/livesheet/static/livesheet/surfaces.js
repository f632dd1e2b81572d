/**
 * The interfaces between the parts of the widget. Only types: nothing here runs.
 */

/**
 * @import {CellEdit, Column, Mark, Person, Pk, Value}
 *   from "./protocol.js"
 */

/**
 * @typedef {object} GridOptions
 * @property {string} [licenseKey]
 * @property {Record<string, any>} [options]  the page's own settings of the grid
 * @property {string} [language]  of the grid's own words
 */

/**
 * @typedef {object} Custom  what a page says of a column; each is optional
 * @property {(value: Value, column: Column) => string} [format]  the text that is shown, found, copied
 * @property {(text: string, column: Column) => Value} [parse]  the wire value of what was typed
 * @property {(td: HTMLTableCellElement, value: Value, look: Look, column: Column) => void} [paint]
 *   what stands in the cell; never markup out of a value
 * @property {(editors: {TextEditor: any, ListEditor: any, DateEditor: any}, column: Column) => any}
 *   [editor]  a class, derived from one of these
 *
 * @typedef {object} Screen  what the sheet shows, as far as there is a grid yet
 * @property {(pks: Iterable<Pk>) => void} refresh  these rows have other values or looks
 * @property {() => void} arrange  rows have come, gone or moved
 * @property {() => void} repaint  labels or headers are others
 * @property {() => void} rebuild  the columns are others
 * @property {(pk: Pk, column?: string) => void} select
 * @property {(draft: Pk, pk: Pk) => void} rename
 * @property {(pk: Pk, left: Record<string, Value>) => void} added  a row of ours has come, with what
 *   the server made of it
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
 * @property {boolean} [isDefault]  in a new row: what the server will fill in
 * @property {string} title
 * @property {string} [colour]  that a rule gives it, by name
 * @property {boolean} [cut]  it goes to where it is pasted
 * @property {boolean} [tall]  there is room for three lines
 * @property {boolean} [found]  by what is searched for
 * @property {number} now
 *
 * @typedef {object} HeadingLook  what there is to say about a group
 * @property {number} level  from 1
 * @property {boolean} isOpen
 * @property {string} label
 * @property {string} count  of its rows
 * @property {string} title  all of it, in words
 *
 * @typedef {{state: "" | "draft" | "deleting" | "misplaced", title: string,
 *   isOpen: boolean, isTicked: boolean}} RowLook  isOpen: its card is
 *
 * @typedef {{direction: "" | "ascending" | "descending", rank: number, stale: boolean,
 *   filtered: boolean, hint: string, menu: string, help: string}} SortLook  rank: 0 where no other is sorted by
 *
 * @typedef {CellEdit & {before: Value}} Commit  before: what stood in the cell
 *
 * @typedef {{options: {value: Value, text: string}[], more: boolean}} Found
 *
 * @typedef {object} Target  what is selected
 * @property {Pk[]} pks  of every row that the selection touches
 * @property {Pk | null} pk  of the cell that has the focus
 * @property {string | null} column
 * @property {string[]} columns  that the selection touches
 * @property {string | null} [heading]  of a group, which has the focus; then `pk` is null
 * @property {{pks: Pk[], columns: string[]}[]} blocks  all that is selected, the last one last
 * @property {HTMLElement} [within]  what it was chosen in, and where its answer is to stand
 * @property {(words: string) => void} [say]  the answer, where it is but words
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
 * @property {boolean} [isOfRows]  acts on all selected rows: those of a large sheet that are not
 *   loaded are loaded before
 * @property {(target: Target) => void} run
 *
 * @typedef {object} Tool  a button in the bar with a panel, for how the sheet is shown
 * @property {string} name  unique
 * @property {string} icon  of elements.js
 * @property {string} text  in the user's language
 * @property {number} rank  the lowest stands first
 * @property {() => {n: number, words: string}} inForce  how much of it is, and in words
 * @property {(run: () => void) => void} when  it can be filled: now, or as soon as it can
 * @property {(panel: HTMLElement) => (() => void) | void} fill  puts into the panel what it shows; what
 *   is returned is done when it closes
 *
 * @typedef {object} CommandList
 * @property {(where: "context" | "menu") => Command[]} offered  in groups
 * @property {(event: KeyboardEvent, target: Target) => Command | null} of  what these keys mean
 */

export {};
