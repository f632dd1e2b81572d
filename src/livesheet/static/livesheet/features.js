/**
 * Everything that a sheet can do beyond carrying edits and changes. Each feature is one function,
 * which is called with the sheet when all its parts exist, and returns what it adds and which events
 * it wants to receive.
 */

import * as asked from "./asked.js";
import { editing } from "./editing/editing.js";
import { lost } from "./editing/lost.js";
import { unsent } from "./editing/unsent.js";
import { finding } from "./finding/finding.js";
import { doors } from "./stage/doors.js";
import { customs, events, themes } from "./stage/page.js";
import { states } from "./stage/states.js";

/** @import {Finder} from "./grid/surface.js" */
/** @import {ColumnMenu} from "./finding/columnmenu.js" */
/** @import {Far} from "./finding/far.js" */
/** @import {SelectedSums} from "./finding/selectedsums.js" */
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
 * @typedef {object} SheetSurface  the parts of the sheet that a feature may use
 * @property {Record<string, string>} texts
 * @property {Record<string, any>} config
 * @property {string} client
 * @property {string | undefined} language  the language of the interface; undefined for the
 *   browser's own
 * @property {Status} status
 * @property {Store} store
 * @property {Outgoing} outgoing
 * @property {Presence} presence
 * @property {Stage} stage
 * @property {Commands} commands
 * @property {Later} later
 * @property {(command: string, target: Target | null, isOpening?: boolean) => void} run  runs as
 *   soon as its feature is loaded; isOpening: unless the user has done something else meanwhile
 * @property {(frame: object) => boolean} send
 * @property {() => void} retry  tries to connect now instead of later
 * @property {Ask} ask  rejects with an error that has a `code`: `offline`, or that of the server;
 *   signal: the answer is not wanted any more
 *
 * @typedef {object} Feature
 * @property {Command[]} [commands]
 * @property {Record<string, (target: Target | null) => void>} [runs]  commands that can be run
 *   before this feature is loaded
 * @property {Tool[]} [tools]  tools in the bar
 * @property {Finder} [finder]  the part that sorts, filters and searches
 * @property {(face: Face) => void} [go]  goes to a colleague's cell
 * @property {() => void} [requested]  requests have been made or completed
 * @property {() => void} [drafted]  a new row has been typed into, or discarded
 * @property {() => void} [launched]  called before a new request is sent
 * @property {(batch: Batch) => void} [begun]  an action on many cells has begun
 * @property {(text: string) => void} [impossible]  an action cannot be begun, and why
 * @property {(hello: Hello) => void} [hello]  the columns and permissions have been received
 * @property {() => void} [caughtUp]  the copy is complete, for the first time or again
 * @property {(frame: ServerFrame) => void} [frame]  called after the frame has been applied
 * @property {(status: Status) => void} [status]
 * @property {(pk: Pk | null, column: string | null, editing: boolean, heading: string | null) =>
 *   void} [select]  heading: that of a group, which has no pk
 * @property {() => void} [arranged]  rows have been added, removed or moved
 * @property {(draft: Pk, pk: Pk) => void} [renamed]  the server has given a new row its pk
 * @property {() => void} [tickAll]  ticks all shown rows, or none
 * @property {(pk: Pk, isRange: boolean) => void} [tick]  isRange: all rows from the last ticked one
 * @property {(pk: Pk, column?: string) => void} [open]  opens the row's card
 * @property {() => void} [sighted]  the rows in sight may have changed
 * @property {() => void} [gridMade]  a grid has been made, possibly another one
 * @property {(box: HTMLElement) => void} [menuOpened]  the menu of the cells has been opened in
 *   this box
 * @property {() => void} [close]  removes everything that the feature has added
 *
 * @typedef {(about: string, query: object, signal?: AbortSignal) => Promise<any>} Ask
 *
 * @typedef {object} Parts  what the second file exports
 * @property {Record<string, string>} [texts]  texts that only these parts use; the build removes
 *   them from the first file
 * @property {((sheet: SheetSurface) => Feature)[]} features
 * @property {Record<string, (box: HTMLElement, current: CurrentView, texts: Record<string, string>)
 *   => {close: () => void} | void>} panels  the panels of the tools in the bar
 * @property {(root: HTMLElement, current: CurrentView, texts: Record<string, string>) => ColumnMenu}
 *   columnMenu
 * @property {(head: ViewsButton) => ViewsMenu} viewsMenu
 * @property {new (store: Store, texts: Record<string, string>, far: Far) => SelectedSums}
 *   SelectedSums
 * @property {new (store: Store, ask: Ask) => Far} Far
 * @property {Finder["onFit"]} fit
 * @property {(root: HTMLElement, link: string, texts: Record<string, string>,
 *   say: (message: string) => void) => void} copyLink
 */

/** @type {((sheet: SheetSurface) => Feature)[]} */
export const FEATURES = [
  asked.windowing,
  customs,
  unsent,
  themes,
  asked.fullscreen,
  asked.printing,
  asked.shortcuts,
  doors,
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
