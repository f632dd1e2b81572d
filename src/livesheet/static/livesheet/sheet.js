/**
 * One sheet on the page. It wires both directions, as in `docs/how-an-edit-travels.md`:
 *
 *     out   grid → outgoing (outbox) → socket
 *     in    socket → incoming (rows, order) → grid, around the user's open editor
 */

import { Commands } from "./commands.js";
import { definitionOf } from "./definitions.js";
import { Outgoing } from "./editing/outgoing.js";
import { Looks } from "./grid/looks.js";
import { Registry } from "./later.js";
import { Presence } from "./people/presence.js";
import { isAbsent, isHeading, realClock } from "./protocol.js";
import { Stage } from "./stage/stage.js";
import { Folded } from "./store/folded.js";
import { Incoming } from "./store/incoming.js";
import { Store } from "./store/store.js";
import { fill, speak, TEXTS } from "./texts.js";
import { Questions } from "./wire/questions.js";
import { newClient, Socket, socketUrl } from "./wire/socket.js";

/**
 * @import {ChangeFrame, ErrorFrame, Hello, Pk, PresenceFrame, RowsFrame, ServerFrame, Status}
 *   from "./protocol.js"
 */
/** @import {Config} from "./main.js" */
/** @import {StageHandlers} from "./stage/stage.js" */
/** @import {Target} from "./surfaces.js" */
/** @import {Feature, Parts, SheetSurface} from "./features.js" */
/** @import {GridHost, NewGrid} from "./grid/surface.js" */

/** Enough time to read a sentence twice. */
const SAID_MS = 8_000;
/** After so many failed attempts to connect, the user is told that the server cannot be reached. */
const MANY_TRIES = 3;

export class Sheet {
  /**
   * @param {HTMLElement} host
   * @param {Config} config
   * @param {Promise<NewGrid>} loading
   * @param {((sheet: SheetSurface) => Feature)[]} features
   * @param {(attempt: number) => Promise<Parts>} loadMore
   */
  constructor(host, config, loading, features, loadMore) {
    /** @type {Record<string, string>} */
    this.texts = { ...TEXTS, ...config.texts };
    this.client = newClient();
    this.isCaughtUp = false;
    this.destroyed = false;
    this.listeners = new AbortController();

    this.language = config.language || document.documentElement.lang || undefined;
    speak(this.texts, this.language);
    this.config = { ...config, language: this.language };
    this.commands = new Commands();
    this.questions = new Questions((frame) => this.send(frame));
    this.registry = new Registry(this, loadMore);
    this.later = this.registry.later;
    this.store = this.#makeStore();
    this.stage = this.#makeStage(host);
    this.socket = this.#makeSocket();
    this.presence = this.#makePresence();
    this.outgoing = this.#makeOutgoing();
    this.outbox = this.outgoing.outbox;
    this.incoming = new Incoming(this.store, this.outbox, this.stage, {
      texts: this.texts,
      nameOf: (who) => this.presence.nameOf(who),
      authorOf: (who) => this.presence.authorOf(who),
    });
    const colourOf = (/** @type {Pk} */ pk, /** @type {string} */ column) =>
      this.registry.finder?.colourOf(pk, column) ?? "";
    this.looks = new Looks(this.store, this.presence, this.texts, realClock, colourOf);
    this.registry.begin(features);
    this.socket.connect();
    loading.then(
      (newGrid) => this.stage.gridLoaded((table) => newGrid(table, this.#gridHost())),
      () => this.stage.fail(fill(this.texts.noGrid, { url: config.handsontable.js ?? "" })),
    );
  }

  /** The grid library's own object, as soon as there is a grid. */
  get hot() {
    return this.stage.grid?.own ?? null;
  }

  get rows() {
    return this.store.rows;
  }

  get features() {
    return this.registry.features;
  }

  /** @returns {Status} */
  get status() {
    return this.socket.status;
  }

  /** Without a connection: tries to connect now instead of later. */
  retry = () => this.socket.retry();

  /** Leaves no timer, socket or listener behind. */
  destroy() {
    if (this.destroyed) return;
    this.stage.grid?.finish();
    this.destroyed = true;
    this.listeners.abort();
    this.later.close();
    this.registry.each((feature) => feature.close?.());
    this.socket.close();
    this.outbox.close();
    this.presence.close();
    this.store.marks.close();
    this.stage.destroy();
  }

  /** @param {object} frame */
  send(frame) {
    return this.socket.send(frame);
  }

  /**
   * @param {string} about @param {object} query
   * @param {AbortSignal} [signal]  once the answer is not wanted any more
   * @returns {Promise<any>} rejected with an error that has a `code`
   */
  ask(about, query, signal) {
    return this.questions.ask(about, query, signal);
  }

  /** @param {string} command @param {Target | null} target @param {boolean} [isOpening] */
  run(command, target, isOpening = true) {
    this.registry.run(command, target, isOpening);
  }

  // Inward

  /** Connected: tells the server what this copy contains, so that only the rest is sent. */
  #open() {
    const { store, outbox } = this;
    const isNothing = store.cursor === null || store.order.isPaged;
    const have = isNothing ? null : store.rows.have(outbox.limits);
    const { digest = null } = store.hello ?? {};
    this.isCaughtUp = false;
    this.incoming.restart();
    this.presence.reset();
    const cursor = have && store.cursor;
    const { client } = this;
    this.socket.send({ type: "open", client, cursor, digest, have, windowed: true });
  }

  /** @param {ServerFrame} frame */
  receive(frame) {
    if (frame.type === "hello") this.#hello(frame);
    else if (frame.type === "labels") this.incoming.labels(frame);
    else if (frame.type === "rows") this.#rows(frame);
    else if (frame.type === "change") this.#change(frame);
    else if (frame.type === "reply") this.incoming.reply(frame);
    else if (frame.type === "error") this.#error(frame);
    else if (frame.type === "answer") this.questions.answer(frame);
    else if (frame.type === "presence") this.#presence(frame);
    else if (frame.type === "beat") this.#beat(frame.cursor);
    if (frame.type === "reply" || frame.type === "error") this.stage.remarks.show();
    this.registry.each((feature) => feature.frame?.(frame));
  }

  /** @param {ErrorFrame} frame */
  #error({ ref, ...error }) {
    if (this.questions.waiting.has(ref ?? "")) this.questions.answer({ ref: ref ?? "", error });
    else this.incoming.error({ ...error, ref });
  }

  /** @param {RowsFrame} frame */
  #rows(frame) {
    if (this.incoming.rows(frame)) this.#caughtUp();
  }

  /** @param {ChangeFrame} frame */
  #change(frame) {
    this.incoming.change(frame);
    this.#caughtUp();
  }

  /** @param {Hello} hello */
  #hello(hello) {
    this.isCaughtUp = false;
    this.outbox.pause();
    this.presence.greet(hello.me);
    this.incoming.hello(hello);
    this.stage.describe(hello);
    this.registry.each((feature) => feature.hello?.(hello));
    this.stage.bar.setFaces(this.presence.faces(), this.presence.others);
  }

  /** The end of a snapshot, or any change, means that this copy is complete. */
  #caughtUp() {
    if (this.isCaughtUp) return;
    this.isCaughtUp = true;
    this.socket.caughtUp();
    this.outbox.resume();
    this.presence.tellAgain();
    this.registry.each((feature) => feature.caughtUp?.());
    this.#painted();
  }

  /** When the sheet is shown, the second file can be loaded. */
  #painted() {
    if (this.isCaughtUp && this.stage.grid) this.later.soon();
  }

  /** @param {PresenceFrame} frame */
  #presence({ here, others }) {
    this.presence.take(here, others);
    this.stage.bar.setFaces(this.presence.faces(), this.presence.others);
  }

  /** @param {string} cursor */
  #beat(cursor) {
    if (!this.isCaughtUp) return;
    this.store.reached(cursor ?? this.store.cursor);
    this.outbox.nudge();
  }

  /**
   * @param {Status} status
   * @param {string} message
   */
  #status(status, message) {
    if (status !== "live") {
      this.isCaughtUp = false;
      this.outbox.pause();
      this.questions.drop();
    }
    if (status === "forbidden") this.#forget(message);
    const isHopeless = status.endsWith("connecting") && this.socket?.tries >= MANY_TRIES;
    this.stage.setStatus(status, message || (isHopeless ? this.texts.noServer : ""));
    this.registry.each((feature) => feature.status?.(status));
  }

  /** The user may no longer see the sheet: removes its rows, and all edits that are not sent yet. */
  #forget(/** @type {string} */ message) {
    this.store.rows.clear();
    this.store.order.reset([]);
    this.outbox.drop({ code: "forbidden", message });
    this.presence.reset();
    this.stage.bar.setFaces([], 0);
    this.stage.close();
  }

  // Outward

  /**
   * Others are not told of a selected row that only this browser knows, nor of a group's heading.
   * @param {string | null} key
   * @param {string | null} column
   * @param {boolean} editing
   */
  #selected(key, column, editing) {
    const heading = key !== null && isHeading(key) ? key : null;
    const pk = heading || (key !== null && isAbsent(key)) ? null : key;
    this.outgoing.adding.moveTo(key);
    this.registry.selected(pk, column, editing, heading);
    if (pk !== null && this.store.rows.has(pk)) this.presence.moveTo(pk, column, editing);
    else this.presence.moveTo(null, null, false, this.store.drafts.isBeingAdded(pk, editing));
    this.stage.remarks.select(pk, column);
  }

  // Parts

  /** @returns {Store} */
  #makeStore() {
    const { config, texts } = this;
    return new Store((pk) => this.stage.refresh([pk]), realClock, this.language, {
      outlook: () => this.outbox,
      custom: (column) => ({
        ...definitionOf(config.sheet).columns?.[column],
        ...config.columns?.[column],
      }),
      words: texts,
      folded: new Folded(config.path),
    });
  }

  /** @param {HTMLElement} host */
  #makeStage(host) {
    /** @type {StageHandlers} */
    const handlers = {
      onAdd: () => this.outgoing.addRow(),
      onUndo: () => this.outgoing.undo(),
      onRedo: () => this.outgoing.redo(),
      onInsist: (pk, column, mark) => this.outgoing.insist(pk, column, mark),
      onDismiss: (pk, column) => this.outgoing.dismiss(pk, column),
      onSearch: (query) => this.registry.finder?.onSearch(query),
      onArranged: () => this.registry.each((feature) => feature.arranged?.()),
      onGrid: () => {
        this.registry.each((feature) => feature.gridMade?.());
        this.#painted();
      },
      onRenamed: (draft, pk) => this.registry.each((feature) => feature.renamed?.(draft, pk)),
      onGo: (face) => this.registry.late((feature) => feature.go?.(face)),
    };
    return new Stage(host, this.store, this.texts, this.commands, handlers, this.language);
  }

  /** @returns {GridHost} */
  #gridHost() {
    const { store, outgoing, looks, texts, commands, stage, registry } = this;
    const { root, notices } = stage;
    return {
      ...{ root, store, outgoing, looks, texts, commands },
      finder: () => registry.finder,
      search: (column, text) => this.questions.options(column, text),
      say: (message) => notices.show(message, { name: "clipboard", ms: SAID_MS }),
      onSelect: (pk, column, editing) => this.#selected(pk, column, editing),
      onMenu: (box) => registry.each((feature) => feature.menuOpened?.(box)),
      onTickAll: () => registry.late((feature) => feature.tickAll?.()),
      onTick: (pk, isRange) => registry.late((feature) => feature.tick?.(pk, isRange)),
      onOpen: (pk) => registry.openCard(pk),
      onFold: (key) => stage.fold(key),
      onSight: () => registry.each((feature) => feature.sighted?.()),
      onEdit: (pk, column) => {
        const { isNarrow } = stage;
        if (isNarrow) registry.openCard(pk, column);
        return isNarrow;
      },
    };
  }

  #makeSocket() {
    return new Socket(socketUrl(this.config.path, location, this.config), {
      onOpen: () => this.#open(),
      onFrame: (frame) => this.receive(frame),
      onStatus: (status, message) => this.#status(status, message),
      cursor: () => this.store.cursor,
    });
  }

  #makePresence() {
    return new Presence(
      (place) => this.socket.send({ type: "at", ...place }),
      (pks) => this.stage.refresh(pks),
      realClock,
      this.texts.guest,
    );
  }

  /** @returns {Outgoing} */
  #makeOutgoing() {
    return new Outgoing(this.store, this.stage, {
      client: this.client,
      send: (frame) => this.send(frame),
      texts: this.texts,
      root: this.stage.root,
      clock: realClock,
      nameOf: (who) => this.presence.nameOf(who),
      onChange: () => this.registry.each((feature) => feature.requested?.()),
      onDrafted: () => this.registry.each((feature) => feature.drafted?.()),
      onLaunch: () => this.registry.each((feature) => feature.launched?.()),
      onBatch: (batch) => this.registry.late((feature) => feature.begun?.(batch)),
      onImpossible: (text) => this.registry.late((feature) => feature.impossible?.(text)),
    });
  }
}
