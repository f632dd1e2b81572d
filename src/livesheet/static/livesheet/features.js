/**
 * What a sheet can do beyond the way of a packet. Each feature is one function in a module of its
 * own: it is handed the sheet when all its parts stand, and says what it adds and wants to hear.
 */

import { answering } from "./answering.js";
import { basics } from "./basics.js";
import { customs } from "./customs.js";
import { doors } from "./doors.js";
import { editing } from "./editing.js";
import { events } from "./events.js";
import { finding } from "./finding.js";
import { fullscreen } from "./fullscreen.js";
import { history } from "./history.js";
import { lost } from "./lost.js";
import { needed } from "./needed.js";
import { people } from "./people.js";
import { printing } from "./printing.js";
import { progress } from "./progress.js";
import { replacing } from "./replacing.js";
import { shortcuts } from "./shortcuts.js";
import { spoken } from "./spoken.js";
import { themes } from "./themes.js";
import { touch } from "./touch.js";
import { unsent } from "./unsent.js";

/** @import {Commands} from "./commands.js" */
/** @import {Outgoing} from "./outgoing.js" */
/** @import {Presence} from "./presence.js" */
/** @import {Hello, Pk, ServerFrame, Status} from "./protocol.js" */
/** @import {Command} from "./surfaces.js" */
/** @import {Stage} from "./stage.js" */
/** @import {Store} from "./store.js" */

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
 * @property {(about: string, query: object) => Promise<any>} ask  rejected with an error that has a
 *   `code`: `offline`, or what the server says
 *
 * @typedef {object} Feature
 * @property {Command[]} [commands]
 * @property {(hello: Hello) => void} [hello]  columns and rights are these now
 * @property {() => void} [caughtUp]  the copy is whole, for the first time or again
 * @property {(frame: ServerFrame) => void} [frame]  after it has been taken in
 * @property {(status: Status) => void} [status]
 * @property {(pk: Pk | null, column: string | null, editing: boolean) => void} [select]
 * @property {() => void} [arranged]  rows have come, gone or moved
 * @property {() => void} [gridMade]  there is a grid, or another one
 * @property {() => void} [close]  leaves nothing behind
 */

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
  lost,
  people,
  history,
  finding,
  editing,
  needed,
  progress,
  replacing,
  touch,
  events,
];
