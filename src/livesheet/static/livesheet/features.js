/**
 * Everything that a sheet can do beyond carrying edits and changes. Each feature is one function in
 * its own module: it is called with the sheet when all its parts exist, and returns what it adds
 * and which events it wants to receive.
 */

import * as asked from "./asked.js";
import { basics, editing } from "./editing/editing.js";
import { lost } from "./editing/lost.js";
import { unsent } from "./editing/unsent.js";
import { finding } from "./finding/finding.js";
import { answering } from "./stage/answering.js";
import { doors } from "./stage/doors.js";
import { customs, events } from "./stage/events.js";
import { fullscreen } from "./stage/fullscreen.js";
import { states } from "./stage/states.js";
import { themes } from "./stage/themes.js";

/** @import {Finder} from "./grid/surface.js" */
/** @import {ColumnMenu} from "./finding/columnmenu.js" */
/** @import {CurrentView} from "./finding/current.js" */
/** @import {ViewsButton} from "./finding/viewsbutton.js" */
/** @import {ViewsMenu} from "./finding/viewsmenu.js" */
/** @import {Commands} from "./commands.js" */
/** @import {Outgoing} from "./editing/outgoing.js" */
/** @import {Presence} from "./people/presence.js" */
/** @import {Face, Hello, Pk, ServerFrame, Status} from "./protocol.js" */
/** @import {Batch} from "./wire/batch.js" */
/** @import {Later} from "./later.js" */
/** @import {Command, Target, Tool} from "./surfaces.js" */
/** @import {Stage} from "./stage/stage.js" */
/** @import {Store} from "./store/store.js" */

/**
 * @typedef {object} SheetSurface  what a feature sees of the sheet
 * @property {Record<string, string>} texts
 * @property {Record<string, any>} config
 * @property {string} client
 * @property {string | undefined} language  of the interface; undefined is the browser's own
 * @property {Status} status
 * @property {Store} store
 * @property {Outgoing} outgoing
 * @property {Presence} presence
 * @property {Stage} stage
 * @property {Commands} commands
 * @property {Later} later
 * @property {(command: string, target: Target | null, isOpening?: boolean) => void} run  as soon as
 *   its feature is there; isOpening: unless the user has gone on meanwhile
 * @property {(frame: object) => boolean} send
 * @property {() => void} retry  there is no line: the next try is now
 * @property {(about: string, query: object) => Promise<any>} ask  rejected with an error that has a
 *   `code`: `offline`, or what the server says
 *
 * @typedef {object} Feature
 * @property {Command[]} [commands]
 * @property {Record<string, (target: Target | null) => void>} [runs]  what commands do that can be
 *   asked for before this feature is there
 * @property {Tool[]} [tools]  in the bar
 * @property {Finder} [finder]  the one that sorts, filters and searches
 * @property {(face: Face) => void} [go]  to where a colleague is
 * @property {() => void} [requested]  something is asked for, or is not any more
 * @property {() => void} [drafted]  something was typed into a new row, or that was let go
 * @property {() => void} [launched]  before anything goes out that was not under way before
 * @property {(batch: Batch) => void} [begun]  an action on many cells
 * @property {(text: string) => void} [impossible]  an action cannot be begun
 * @property {(hello: Hello) => void} [hello]  columns and rights are these now
 * @property {() => void} [caughtUp]  the copy is whole, for the first time or again
 * @property {(frame: ServerFrame) => void} [frame]  after it has been taken in
 * @property {(status: Status) => void} [status]
 * @property {(pk: Pk | null, column: string | null, editing: boolean, heading: string | null)
 *   => void} [select]  heading: of a group, which has no pk
 * @property {() => void} [arranged]  rows have come, gone or moved
 * @property {(draft: Pk, pk: Pk) => void} [renamed]  the server has named a new row
 * @property {() => void} [tickAll]  the rows that are shown, or none of them
 * @property {(pk: Pk, isRange: boolean) => void} [tick]  isRange: all from the last one
 * @property {(pk: Pk, column?: string) => void} [open]  the row's card
 * @property {() => void} [sighted]  other rows may be in sight
 * @property {() => void} [gridMade]  there is a grid, or another one
 * @property {(box: HTMLElement) => void} [menuOpened]  the menu of the cells, in this box
 * @property {() => void} [close]  leaves nothing behind
 *
 * @typedef {object} Parts  what comes in the second file
 * @property {Record<string, string>} [texts]  that only these parts say; the build takes them out of
 *   the first file
 * @property {((sheet: SheetSurface) => Feature)[]} features
 * @property {Record<string, (box: HTMLElement, current: CurrentView, texts: Record<string, string>)
 *   => {close: () => void} | void>} panels  of the tools in the bar
 * @property {(root: HTMLElement, current: CurrentView, texts: Record<string, string>) => ColumnMenu}
 *   columnMenu
 * @property {(head: ViewsButton) => ViewsMenu} viewsMenu
 */

/** @type {((sheet: SheetSurface) => Feature)[]} */
export const FEATURES = [
  asked.windowing,
  customs,
  basics,
  unsent,
  themes,
  fullscreen,
  asked.printing,
  asked.shortcuts,
  doors,
  answering,
  states,
  lost,
  asked.history,
  finding,
  editing,
  asked.replacing,
  asked.cards,
  asked.rowLinks,
  asked.ticks,
  events,
];
