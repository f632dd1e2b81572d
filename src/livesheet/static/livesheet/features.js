/**
 * What a sheet can do beyond the way of a packet. Each feature is one function in a module of its
 * own: it is handed the sheet when all its parts stand, and says what it adds and wants to hear.
 */

import { basics, editing } from "./editing/editing.js";
import { lost } from "./editing/lost.js";
import { needed, progress } from "./editing/progress.js";
import { unsent } from "./editing/unsent.js";
import { colourTool } from "./finding/colourpanel.js";
import { columnsTool } from "./finding/columnspanel.js";
import { filterTool } from "./finding/filterpanel.js";
import { finding } from "./finding/finding.js";
import { groupTool } from "./finding/grouppanel.js";
import { heightTool } from "./finding/heightpanel.js";
import { printing } from "./finding/printing.js";
import { replacing } from "./finding/replacepanel.js";
import { sortTool } from "./finding/sortpanel.js";
import { history } from "./people/history.js";
import { people } from "./people/people.js";
import { cards } from "./rows/cards.js";
import { newControl } from "./rows/pickers.js";
import { rowLinks } from "./rows/rowlinks.js";
import { ticks } from "./rows/ticks.js";
import { customs, events } from "./stage/events.js";
import { fullscreen } from "./stage/fullscreen.js";
import { doors, shortcuts } from "./stage/shortcuts.js";
import { answering, spoken } from "./stage/spoken.js";
import { states } from "./stage/states.js";
import { themes } from "./stage/themes.js";

/** @import {Finder} from "./grid/surface.js" */
/** @import {Commands} from "./commands.js" */
/** @import {Outgoing} from "./editing/outgoing.js" */
/** @import {Presence} from "./people/presence.js" */
/** @import {Face, Hello, Pk, ServerFrame, Status} from "./protocol.js" */
/** @import {Batch} from "./wire/batch.js" */
/** @import {Command, Tool} from "./surfaces.js" */
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
 * @property {(frame: object) => boolean} send
 * @property {() => void} retry  there is no line: the next try is now
 * @property {(about: string, query: object) => Promise<any>} ask  rejected with an error that has a
 *   `code`: `offline`, or what the server says
 *
 * @typedef {object} Feature
 * @property {Command[]} [commands]
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
 * @property {(pk: Pk) => void} [open]  the row's card
 * @property {(pk: Pk, column: string) => boolean} [opens]  in the place of a cell's editor
 * @property {() => void} [gridMade]  there is a grid, or another one
 * @property {(box: HTMLElement) => void} [menuOpened]  the menu of the cells, in this box
 * @property {() => void} [close]  leaves nothing behind
 */

/** What a sheet is arranged by, in the bar; each is declared in the module of its panel. */
const TOOLS = [columnsTool, filterTool, sortTool, groupTool, colourTool, heightTool];

/** @type {((sheet: SheetSurface) => Feature)[]} */
export const FEATURES = [
  customs,
  basics,
  unsent,
  themes,
  fullscreen,
  printing,
  shortcuts,
  doors,
  answering,
  spoken,
  states,
  lost,
  people,
  history,
  finding(TOOLS),
  editing,
  needed,
  progress,
  replacing,
  cards(newControl),
  rowLinks,
  ticks(newControl),
  events,
];
