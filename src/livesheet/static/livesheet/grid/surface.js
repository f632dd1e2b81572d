/**
 * The interface between the sheet and the grid, and between the parts of the grid. It contains only
 * types.
 *
 * `SheetGrid` is all that the rest of the widget knows of a grid. It uses pks and column names,
 * never row numbers, so that another grid could be used. Only this folder knows which one is used.
 */

/** @import {Column, GridRow, Pk, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {CommandList, Commit, Found} from "../surfaces.js" */
/** @import {Looks} from "./looks.js" */
/** @import {Offering, Option} from "./offer.js" */
/** @import {Place} from "./place.js" */

/**
 * @typedef {(table: HTMLElement, host: GridHost) => SheetGrid} NewGrid
 *
 * @typedef {object} GridHost  what the grid needs, and the handlers that it calls
 * @property {HTMLElement} root  the root of the sheet
 * @property {Store} store
 * @property {Requests} outgoing
 * @property {Looks} looks
 * @property {Record<string, string>} texts
 * @property {CommandList} commands
 * @property {() => Finder | null} finder
 * @property {(column: Column, text: string) => Promise<Found>} search  searches for the possible
 *   values of a relation
 * @property {(message: string) => void} say
 * @property {(pk: Pk | null, column: string | null, editing: boolean) => void} onSelect
 * @property {(box: HTMLElement) => void} onMenu  the menu of the cells is opened in this box
 * @property {() => void} onTickAll  ticks all shown rows
 * @property {(pk: Pk, isRange: boolean) => void} onTick  isRange: all rows from the last ticked one
 * @property {(pk: Pk) => void} onOpen  opens the row's card
 * @property {() => void} onSight  the rows in sight may have changed
 * @property {(key: string) => void} onFold  opens or closes the group
 * @property {(pk: Pk, column: string) => boolean} onEdit  whether something else is opened instead
 *   of the cell's editor
 *
 * @typedef {object} Requests
 * @property {(edits: Commit[]) => void} edit
 * @property {(above: Pk | null, column?: string, like?: string) => void} addRow  adds an empty row;
 *   above null: at the end. like: in the group of this row or heading
 * @property {(edits: Commit[], below: Record<string, Value>[]) => void} paste  below: new rows for
 *   what was pasted below the last one
 *
 * @typedef {object} Finder  the part that sorts, filters, searches and moves columns
 * @property {(query: string) => void} onSearch
 * @property {(column: string, isAdded: boolean) => void} onSort  isAdded: in addition to the other
 *   sorted columns
 * @property {(column: string, width: number) => void} onResize
 * @property {(grid: GridSurface, host: GridHost, col: number) => void} onFit  makes a column as
 *   wide as its contents
 * @property {(column: string, before: string | null) => void} onMove  before null: to the end
 * @property {(column: string, head: HTMLElement) => void} onColumnMenu
 * @property {(pk: Pk, column: string) => string} colourOf  by rules; "" for none
 *
 * @typedef {object} Clipboard
 * @property {(what: "copy" | "cut") => void} toClipboard
 * @property {() => void} endCut  cancels cutting: the cut cells keep their values
 * @property {(pks: Pk[], store?: Store, columns?: Column[], isCut?: boolean) => void} copyRows
 *   copies or cuts all shown columns of the rows
 * @property {() => Promise<boolean>} fromClipboard  pastes; false if the browser does not allow
 *   reading the clipboard
 *
 * @typedef {object} KeysOfGrid  decides who receives keys
 * @property {() => void} listen  the cells receive keys, even without the focus
 * @property {() => void} unlisten
 * @property {() => void} take  the cells receive keys and the focus, even during a click elsewhere
 *
 * @typedef {object} GuardOfGrid  prevents changes of cells that nobody has chosen
 * @property {(signal: AbortSignal) => void} attach
 * @property {(event: KeyboardEvent) => boolean} key  whether the key was stopped
 * @property {(event: Event) => boolean} stop  the same for input without keys
 *
 * @typedef {object} VoiceOfGrid  the texts for screen readers
 * @property {(title: string) => void} name  names the grid
 * @property {(words: string) => void} nameFields  names the input fields
 * @property {(pk: Pk | null, column: string | null) => void} mark  updates a cell that has been
 *   selected or deselected
 * @property {(column: string | null) => boolean} isSilent  whether the grid does not announce cells
 *   of this column
 *
 * @typedef {object} Sighted  the rows in sight
 * @property {number} first  the first row in sight, from 0
 * @property {string} key  the key of that row
 * @property {number} shift  how many pixels of it are out of sight
 * @property {number} rows  the number of rows that have room
 * @property {number} whole  the number of rows that are completely visible
 *
 * @typedef {{row: number, shift: number, instead?: string}} Topmost  the row that becomes the first
 *   in sight, and how many of its pixels are out of sight; instead: selected if no selected row is
 *   left
 *
 * @typedef {object} SightOfGrid
 * @property {() => Sighted | null} now
 * @property {() => string[]} absent  the placeholders among the selected rows
 * @property {() => {down: number, across: number, isLeft: boolean}} bars  the pixels that the
 *   grid's own scroll bars take, and whether the vertical one is on the left
 * @property {(top: Topmost) => void} turn  applied with the next rows that are shown. Selected rows
 *   remain selected
 * @property {(pk: Pk, column?: string) => void} bring  scrolls the row into sight
 * @property {(pk: Pk, column?: string) => void} select  does that and selects the cell, without
 *   taking keys
 *
 * @typedef {object} OfferOfGrid  a list below a field
 * @property {Option | null} chosen  the highlighted option
 * @property {HTMLElement} listbox
 * @property {(field: HTMLElement, text: string) => void} show
 * @property {(query: string) => void} filter
 * @property {(event: KeyboardEvent) => boolean} moves  whether it was a key that moves the
 *   highlight
 * @property {() => void} draw  draws the list again after other options have been ticked
 * @property {(field: HTMLElement) => void} place  the field has moved
 * @property {() => void} close
 *
 * @typedef {object} SheetGrid
 * @property {any} own  the library's own object, for pages that need more than this interface
 * @property {HTMLElement | null} menu  the box of the cells' menu, once it has been open
 * @property {Column[]} columns  in the order shown
 * @property {Pk[]} wanted  the rows that are shown, or will be as soon as nobody is typing
 * @property {Pk | undefined} first  the first row that is shown
 * @property {boolean} isEditing  whether an editor is open
 * @property {boolean} isChanged  whether the text in the editor differs from that of the cell
 * @property {string | null} typed  the text in the open editor
 * @property {boolean} hasSelection
 * @property {Place} place  what is in sight and selected
 * @property {Clipboard} clipboard
 * @property {KeysOfGrid} keys
 * @property {SightOfGrid} sight
 * @property {VoiceOfGrid} voice
 * @property {(keys: string[], isAsked?: boolean) => void} show  shows these rows and headings in
 *   this order. isAsked: the user wants another order, so the same rows need not remain in sight
 * @property {(pks: Iterable<Pk>) => void} refresh  updates rows whose values or looks have changed
 * @property {() => void} repaint  paints everything on screen again
 * @property {(run: () => void) => void} whenIdle  runs it when no editor and no menu is open
 * @property {() => void} settle  adds and removes rows now, if possible
 * @property {(pk: Pk) => number | undefined} rowOf  the place of a row among those shown, from 0
 * @property {(row: number) => number} numberOf  the number of the row at that place from 1, without
 *   headings
 * @property {(pk: Pk, column: string) => HTMLElement | null} cell  the cell's element
 * @property {() => Iterable<{column: Column, value: Value}>} selectedCells  each of them once
 * @property {(pk: Pk, column?: string) => boolean} select  returns whether the row is shown
 * @property {(column: Column, root: HTMLElement, how: Offering) => OfferOfGrid} offer  offers the
 *   possible values of a column, for a field inside this root
 * @property {(place: Place) => void} backTo  restores the place of a former grid of the same sheet
 * @property {() => void} deselect
 * @property {(pk: Pk, column: string, text?: string) => void} edit  opens the editor with its own
 *   text or with this one
 * @property {() => void} finish  accepts what is being typed
 * @property {(keys: Map<string, Pk>) => void} arrive  loaded rows, by the placeholders that they
 *   replace
 * @property {(draft: Pk, pk: Pk) => void} rename  even under an open editor
 * @property {(pk: Pk, left: Record<string, Value>) => void} added  a new row of the user has been
 *   saved, with the server's values
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
