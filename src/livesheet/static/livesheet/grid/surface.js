/**
 * What a grid is to a sheet, and to the parts of itself. Types only: nothing here runs.
 *
 * `SheetGrid` is all that the rest of the widget knows. It speaks of pks and column names, never of
 * places, so that another grid can stand behind it; only this folder knows which one does.
 */

/** @import {Column, GridRow, Pk, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {CommandList, Commit, Found} from "../surfaces.js" */
/** @import {Looks} from "./looks.js" */
/** @import {Offering} from "./offer.js" */
/** @import {Option} from "./options.js" */
/** @import {Place} from "./place.js" */

/**
 * @typedef {(table: HTMLElement, host: GridHost) => SheetGrid} NewGrid
 *
 * @typedef {object} GridHost  what the grid is given, and whom it tells
 * @property {HTMLElement} root  of the sheet
 * @property {Store} store
 * @property {Requests} outgoing
 * @property {Looks} looks
 * @property {Record<string, string>} texts
 * @property {CommandList} commands
 * @property {() => Finder | null} finder
 * @property {(column: Column, text: string) => Promise<Found>} search  for what a relation may hold
 * @property {(message: string) => void} say
 * @property {(pk: Pk | null, column: string | null, editing: boolean) => void} onSelect
 * @property {(box: HTMLElement) => void} onMenu  the menu of the cells opens in this box
 * @property {() => void} onTickAll  the rows that are shown
 * @property {(pk: Pk, isRange: boolean) => void} onTick  isRange: all from the last one
 * @property {(pk: Pk) => void} onOpen  its card
 * @property {() => void} onSight  other rows may be in sight
 * @property {(key: string) => void} onFold  the heading's rows come or go
 * @property {(pk: Pk, column: string) => boolean} onEdit  whether something else than a cell's editor
 *   is opened for it
 *
 * @typedef {object} Requests
 * @property {(edits: Commit[]) => void} edit
 * @property {(above: Pk | null, column?: string, like?: string) => void} addRow  a blank one; above
 *   null: at the end. like: in the group of this row or heading
 * @property {(edits: Commit[], below: Record<string, Value>[]) => void} paste  below: new rows, for
 *   what stands under the last one
 *
 * @typedef {object} Finder  who sorts, filters, searches and moves columns
 * @property {(query: string) => void} onSearch
 * @property {(column: string, isAdded: boolean) => void} onSort  isAdded: to the other sorted columns
 * @property {(column: string, width: number) => void} onResize
 * @property {(column: string, before: string | null) => void} onMove  null: to the end
 * @property {(column: string, head: HTMLElement) => void} onColumnMenu
 * @property {(pk: Pk, column: string) => string} colourOf  by rule; "": none
 *
 * @typedef {object} Clipboard
 * @property {(what: "copy" | "cut") => void} toClipboard
 * @property {() => void} endCut  what was cut stays where it is
 * @property {(pks: Pk[], store?: Store, columns?: Column[]) => void} copyRows  all that is
 *   shown of them
 * @property {() => Promise<boolean>} fromClipboard  whether the browser lets us read it
 *
 * @typedef {object} KeysOfGrid  to whom keys go
 * @property {() => void} listen  to the cells, without the focus perhaps
 * @property {() => void} unlisten
 * @property {() => void} take  and the focus with them, whatever was pressed just now
 *
 * @typedef {object} GuardOfGrid  keeps what nobody chose from being changed
 * @property {(signal: AbortSignal) => void} attach
 * @property {(event: KeyboardEvent) => boolean} key  whether it was used up
 * @property {(event: Event) => boolean} stop  the same, for what comes without a key
 *
 * @typedef {object} VoiceOfGrid  what a screen reader is told
 * @property {(title: string) => void} name  of the grid
 * @property {(words: string) => void} nameFields  of what is typed into
 * @property {(pk: Pk | null, column: string | null) => void} mark  it is selected, or not any more
 * @property {(column: string | null) => boolean} isSilent  nothing is said of a cell of this column
 *
 * @typedef {object} Sighted  what is in sight
 * @property {number} first  of what stands here, from 0
 * @property {string} key  of that row
 * @property {number} shift  pixels of it that are out of sight
 * @property {number} rows  that there is room for
 * @property {number} whole  that can be seen completely
 *
 * @typedef {{row: number, shift: number}} Topmost  the row that is to be the first in sight, and how
 *   many pixels of it are not
 *
 * @typedef {object} SightOfGrid
 * @property {() => Sighted | null} now
 * @property {() => string[]} absent  of what is selected, what stands for rows that have not come
 * @property {() => {down: number, across: number, isLeft: boolean}} bars  pixels that the grid's own
 *   scroll bars take, and whether the one that runs down is at the left
 * @property {(top: Topmost) => void} turn  with the rows that are shown next; what is selected of
 *   them stays so, and nothing else is selected in its place
 * @property {(pk: Pk, column?: string) => void} bring  the row is in sight
 * @property {(pk: Pk, column?: string) => void} select  as well, without the keys
 *
 * @typedef {object} OfferOfGrid  a list under a field
 * @property {Option | null} chosen  that is highlighted
 * @property {HTMLElement} listbox
 * @property {(field: HTMLElement, text: string) => void} show
 * @property {(query: string) => void} filter
 * @property {(event: KeyboardEvent) => boolean} moves  whether it was a key that moves
 * @property {() => void} draw  others are ticked
 * @property {(field: HTMLElement) => void} place  the field has moved
 * @property {() => void} close
 *
 * @typedef {object} SheetGrid
 * @property {any} own  the library's own object, for pages that reach past us
 * @property {HTMLElement | null} menu  the box of the cells' menu, as soon as it was open
 * @property {Column[]} columns  in their order
 * @property {Pk[]} wanted  the rows that stand here, or will as soon as nobody is typing
 * @property {Pk | undefined} first  of the rows that stand here
 * @property {boolean} isEditing  an editor is open
 * @property {boolean} isChanged  something is being typed that is not what stood there
 * @property {string | null} typed  what stands in the open editor
 * @property {boolean} hasSelection
 * @property {Place} place  what is in sight and selected
 * @property {Clipboard} clipboard
 * @property {KeysOfGrid} keys
 * @property {SightOfGrid} sight
 * @property {VoiceOfGrid} voice
 * @property {(keys: string[], isAsked?: boolean) => void} show  these rows and headings, in this
 *   order. isAsked: the user wants another order, then the same rows need not stay in sight
 * @property {(pks: Iterable<Pk>) => void} refresh  their values or looks are others
 * @property {() => void} repaint  everything on screen
 * @property {(run: () => void) => void} whenIdle  as soon as no editor and no menu is open
 * @property {() => void} settle  rows come and go now, if they may
 * @property {(pk: Pk) => number | undefined} rowOf  its place among those that stand here, from 0
 * @property {(row: number) => number} numberOf  the row that stands there, headings left out, from 1
 * @property {(pk: Pk, column: string) => HTMLElement | null} cell  where it is drawn
 * @property {() => Iterable<{column: Column, value: Value}>} selectedCells  each once
 * @property {(pk: Pk, column?: string) => boolean} select  whether the row stands here
 * @property {(column: Column, root: HTMLElement, how: Offering) => OfferOfGrid} offer  what may stand
 *   in a cell of the column, for a field that stands in this root
 * @property {(place: Place) => void} backTo  as in a former grid of the same sheet
 * @property {() => void} deselect
 * @property {(pk: Pk, column: string, text?: string) => void} edit  with its own text, or this one
 * @property {() => void} finish  what is being typed is put in
 * @property {(keys: Map<string, Pk>) => void} arrive  rows, by what stood in their places
 * @property {(draft: Pk, pk: Pk) => void} rename  also under the user's open editor
 * @property {(pk: Pk, left: Record<string, Value>) => void} added  a row of ours has come, with what
 *   the server made of it
 * @property {() => void} destroy
 *
 * @typedef {object} GridSurface  what the parts of the grid need of it
 * @property {GuardOfGrid} guard
 * @property {any} hot
 * @property {HTMLElement} element
 * @property {Column[]} columns
 * @property {GridRow[]} records
 * @property {Map<Pk, number>} places
 * @property {(pk: Pk, column: string) => HTMLElement | null} cell
 * @property {(row: number) => number} numberOf
 * @property {boolean} isEditing
 * @property {boolean} destroyed
 * @property {(prop: string | number) => Column} columnOf
 * @property {() => void} settle
 * @property {() => void} finish
 * @property {(pk: Pk, column?: string) => boolean} select
 * @property {(pk: Pk, column: string) => void} edit
 * @property {(pks: Iterable<Pk>) => void} refresh
 */

export {};
