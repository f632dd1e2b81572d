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
 * @typedef {object} Custom  a page's own definition of a column; each property is optional
 * @property {(value: Value, column: Column) => string} [format]  the text that is shown, searched and
 *   copied
 * @property {(text: string, column: Column) => Value} [parse]  the wire value of a typed text
 * @property {(td: HTMLTableCellElement, value: Value, look: Look, column: Column) => void} [paint]
 *   fills the cell; must not make markup of a value
 * @property {(editors: {TextEditor: any, ListEditor: any, DateEditor: any}, column: Column) => any}
 *   [editor]  a class, derived from one of these
 *
 * @typedef {object} Screen  what the sheet shows. Without a grid yet, nothing is done
 * @property {(pks: Iterable<Pk>) => void} refresh  the values or looks of these rows have changed
 * @property {() => void} arrange  rows have been added, removed or moved
 * @property {() => void} repaint  labels or headers have changed
 * @property {() => void} rebuild  the columns have changed
 * @property {(pk: Pk, column?: string) => void} select
 * @property {(draft: Pk, pk: Pk) => void} rename
 * @property {(pk: Pk, left: Record<string, Value>) => void} added  a new row of the user has been
 *   saved, with the server's values
 * @property {(message: string) => void} say
 * @property {(name: string, detail: object) => void} tell  dispatches a DOM event
 * @property {(unsettled: number) => void} count
 *
 * @typedef {object} Look  everything that is shown about one cell
 * @property {string} text
 * @property {string[]} [parts]  the names of the items of a list
 * @property {boolean} pending
 * @property {boolean} unsent  pending, and there is no connection to send it
 * @property {Mark | null} mark
 * @property {Person[]} people
 * @property {string} tag  their names
 * @property {boolean} readonly
 * @property {"" | "draft" | "deleting"} row
 * @property {boolean} missing  must be filled in before the new row can be saved
 * @property {boolean} [isDefault]  in a new row: the server will fill this in
 * @property {string} title
 * @property {string} [colour]  the name of the colour that a rule gives it
 * @property {boolean} [cut]  it was cut, and will be moved when it is pasted
 * @property {boolean} [tall]  there is room for three lines
 * @property {boolean} [found]  whether the search matches it
 * @property {number} now
 *
 * @typedef {object} HeadingLook  everything that is shown about a group
 * @property {number} level  from 1
 * @property {boolean} isOpen
 * @property {string} label
 * @property {string} count  the number of its rows, as a text
 * @property {string} title  all of this in words
 *
 * @typedef {{state: "" | "draft" | "deleting" | "misplaced", title: string,
 *   isOpen: boolean, isTicked: boolean}} RowLook  isOpen: whether its card is open
 *
 * @typedef {{direction: "" | "ascending" | "descending", rank: number, stale: boolean,
 *   filtered: boolean}} SortLook  rank: the place among several sorted columns, 0 for a single one
 *
 * @typedef {CellEdit & {before: Value}} Commit  before: the former value of the cell
 *
 * @typedef {{options: {value: Value, text: string}[], more: boolean}} Found
 *
 * @typedef {object} Target  what a command is applied to: the selection
 * @property {Pk[]} pks  all rows that contain selected cells
 * @property {Pk | null} pk  the row of the cell that has the focus
 * @property {string | null} column
 * @property {string[]} columns  all columns that contain selected cells
 * @property {string | null} [heading]  the group's heading, if it has the focus. Then `pk` is null
 * @property {{pks: Pk[], columns: string[]}[]} blocks  all selected blocks, the latest
 *   one last
 * @property {HTMLElement} [within]  where the command was chosen, and where its answer is shown
 * @property {(words: string) => void} [say]  shows the answer, if it consists only of words
 *
 * @typedef {object} Command  something that can be done with a sheet besides typing
 * @property {string} name  unique
 * @property {(target: Target) => string} text  in the user's language
 * @property {"context" | "menu" | "both" | "none"} where  where it is offered: at cells, in the bar's menu
 * @property {string} group  commands of one group are listed together
 * @property {string[]} [keys]  `mod+shift+z`; mod is Ctrl, or Cmd on a Mac
 * @property {() => boolean} [isOffered]  whether it is shown to this user now
 * @property {(target: Target) => boolean} [isEnabled]
 * @property {() => boolean} [isChosen]  whether it is the current one of several choices, and has a tick
 * @property {boolean} [isOfRows]  acts on all selected rows: those of a large sheet that are not
 *   loaded are loaded before
 * @property {(target: Target) => void} run
 *
 * @typedef {object} Beyond  something that is to be done to more rows of a large sheet than the page
 *   has; the detail of the event `ls-beyond`
 * @property {number} [columns]  how many cells of each row it writes
 * @property {() => void} [onPage]  does it to the page alone, if the user prefers that; otherwise,
 *   the user is not asked
 * @property {(pks: Pk[], isWhole: boolean) => void} [onRows]  does it to these rows, which the store
 *   has; isWhole: there are no more rows
 * @property {Pk[]} [after]  the last rows of the page: it is done to these and to `n` rows below
 * @property {number} [n]
 *
 * @typedef {object} Tool  a button in the bar with a panel, for how the sheet is shown
 * @property {string} name  unique
 * @property {string} icon  of elements.js
 * @property {string} text  in the user's language
 * @property {number} rank  the lowest comes first
 * @property {() => {n: number, words: string}} inForce  the number of its settings in force, and the
 *   same in words
 * @property {(run: () => void) => void} when  runs this when the panel can be filled: now, or when it
 *   is loaded
 * @property {(panel: HTMLElement) => (() => void) | void} fill  fills the panel; returns
 *   what to do when the panel closes
 *
 * @typedef {object} CommandList
 * @property {(where: "context" | "menu") => Command[]} offered  sorted by groups
 * @property {(event: KeyboardEvent, target: Target) => Command | null} of  the command of these keys
 */

export {};
