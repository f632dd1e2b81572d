/**
 * Keeps a WebSocket working, or reports why there is none. It reconnects by itself, notices a
 * connection that died silently, and acknowledges what has been received. Of the frames, it knows
 * only `beat`, `bye` and `ping`.
 */

import { BEAT_SECONDS, FINAL_CODES, realClock, SUBPROTOCOL } from "../protocol.js";
import { backoff } from "./backoff.js";

/** @import {ByeFrame, Clock, ServerFrame, Status} from "../protocol.js" */

const PING_MS = BEAT_SECONDS * 1000;
const DEAD_MS = 45_000;
/** After waking up, the connection must receive something within this time. */
const PROOF_MS = 5_000;
/** In a hidden tab, timers are delayed, but answers to a beat are not. */
const HIDDEN_PING_MS = 10_000;
const PING_FRAMES = 64;
const PING_BYTES = 256 * 1024;
const OPEN = 1;

/**
 * @typedef {object} SocketHandlers
 * @property {() => void} onOpen  connected: send `open`
 * @property {(frame: ServerFrame) => void} onFrame
 * @property {(status: Status, message: string) => void} onStatus
 * @property {() => string | null} cursor  what the next ping acknowledges
 *
 * @typedef {object} SocketWorld  what a test replaces
 * @property {typeof WebSocket} [WebSocket]
 * @property {Clock} [clock]
 * @property {() => number} [random]
 * @property {EventTarget} [window]
 * @property {EventTarget & {visibilityState?: string}} [document]
 * @property {{onLine?: boolean}} [navigator]
 */

/**
 * `/ws/sheet/product/` → `wss://host/ws/sheet/product/` on an https page; absolute addresses stay.
 * The server hears which language and zone the page has: only the page knows what was chosen for it.
 * @param {string} path
 * @param {{href: string}} location
 * @param {{language?: string, zone?: string}} [page]
 * @returns {string}
 */
export function socketUrl(path, location, { language, zone } = {}) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  url.hash = "";
  if (language) url.searchParams.set("page-language", language);
  if (zone) url.searchParams.set("page-zone", zone);
  return url.href;
}

/** 128 random bits, minted in memory: they live as long as this element. */
export function newClient() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Socket {
  /**
   * @param {string} url
   * @param {SocketHandlers} handlers
   * @param {SocketWorld} [world]
   */
  constructor(url, handlers, world = {}) {
    this.url = url;
    this.handlers = handlers;
    this.clock = world.clock ?? realClock;
    this.random = world.random ?? Math.random;
    this.WebSocket = world.WebSocket ?? globalThis.WebSocket;
    this.window = world.window ?? globalThis.window;
    this.document = world.document ?? globalThis.document;
    this.navigator = world.navigator ?? globalThis.navigator;
    /** @type {Status} */
    this.status = "connecting";
    /** @type {WebSocket | null} */
    this.line = null;
    this.tries = 0;
    this.wasLive = false;
    this.closed = false;
    this.frames = 0;
    this.bytes = 0;
    this.heardAt = 0;
    this.pingedAt = 0;
    /** @type {ByeFrame | null} */
    this.bye = null;
    /** @type {Record<string, any>} */
    this.timers = {};
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    this.window.addEventListener("online", () => this.#retryNow(), { signal });
    this.window.addEventListener("offline", () => this.#goOffline(), { signal });
    this.document.addEventListener("visibilitychange", () => this.#wakeUp(), { signal });
  }

  /**
   * Connects, even if the browser reports no network, because the server may be on the same
   * machine. Only an attempt can tell.
   */
  connect() {
    this.#stop("retry");
    if (this.closed || this.line) return;
    this.#say(this.#without);
    this.bye = null;
    const line = new this.WebSocket(this.url, [SUBPROTOCOL]);
    this.line = line;
    line.onopen = () => this.line === line && this.#opened();
    line.onmessage = (event) => this.line === line && this.#received(event.data);
    line.onclose = () => this.line === line && this.#lost();
    this.#watch(DEAD_MS);
  }

  /** The sheet is up to date. Only then does a connection count as successful. */
  caughtUp() {
    this.tries = 0;
    this.wasLive = true;
    this.#say("live");
  }

  get isOpen() {
    return this.line?.readyState === OPEN;
  }

  /**
   * @param {object} frame
   * @returns {boolean} whether it went out; a frame that did not is the outbox's to keep
   */
  send(frame) {
    if (!this.line || !this.isOpen) return false;
    this.line.send(JSON.stringify(frame));
    return true;
  }

  ping() {
    this.frames = 0;
    this.bytes = 0;
    this.#stop("ping");
    if (this.closed || !this.line) return;
    this.pingedAt = this.clock.now();
    this.send({ type: "ping", cursor: this.handlers.cursor() });
    this.timers.ping = this.clock.setTimeout(() => this.ping(), PING_MS);
  }

  /** Ends everything: no timer, listener or connection is left. */
  close() {
    this.closed = true;
    this.listeners.abort();
    this.#drop();
  }

  #opened() {
    // All clients of a sheet are sent the same frames. They must not acknowledge them all at once.
    this.frames = this.random() * PING_FRAMES;
    this.bytes = 0;
    this.#heard();
    this.handlers.onOpen();
    this.timers.ping = this.clock.setTimeout(() => this.ping(), PING_MS);
  }

  /** @param {string} text */
  #received(text) {
    this.#heard();
    /** @type {ServerFrame} */
    const frame = JSON.parse(text);
    if (frame.type === "bye") {
      this.bye = frame;
      this.#drop();
      this.#parted(frame);
      return;
    }
    this.handlers.onFrame(frame);
    this.frames += 1;
    this.bytes += text.length;
    if (this.frames >= PING_FRAMES || this.bytes >= PING_BYTES) this.ping();
    else if (frame.type === "beat") this.#answerBeat();
  }

  /** The server considers a client that says nothing for half a minute as gone. */
  #answerBeat() {
    const isHidden = this.document.visibilityState === "hidden";
    if (isHidden && this.clock.now() - this.pingedAt > HIDDEN_PING_MS) this.ping();
  }

  /** @param {ByeFrame} bye */
  #parted(bye) {
    const final = FINAL_CODES.get(bye.code);
    if (final) {
      this.closed = true;
      this.listeners.abort();
      this.#say(final, bye.message);
      return;
    }
    const least = (bye.retry_in ?? 0) * 1000;
    this.#retryIn(least + backoff(this.tries, this.random), bye.message);
  }

  #lost() {
    this.#drop();
    this.#retryIn(backoff(this.tries, this.random));
  }

  /**
   * @param {number} ms
   * @param {string} [message]
   */
  #retryIn(ms, message = "") {
    if (this.closed) return;
    this.tries += 1;
    this.#say(this.#without, message);
    this.#stop("retry");
    this.timers.retry = this.clock.setTimeout(() => this.connect(), ms);
  }

  #retryNow() {
    if (this.closed || this.line) return;
    this.tries = 0;
    this.connect();
  }

  /** The user has asked to reconnect now. */
  retry() {
    this.#stop("retry");
    this.#retryNow();
  }

  #goOffline() {
    if (this.closed) return;
    this.#drop();
    this.#retryIn(backoff(0, this.random));
  }

  /** @returns {Status} what there is to say while there is no line */
  get #without() {
    if (this.navigator.onLine === false) return "offline";
    return this.wasLive ? "reconnecting" : "connecting";
  }

  /** After sleep, a connection may look open although it is dead: test it at once. */
  #wakeUp() {
    if (this.closed || this.document.visibilityState === "hidden") return;
    if (!this.line) {
      // If the server has said when to retry, wait until then.
      if (this.bye === null) this.#retryNow();
      return;
    }
    if (this.isOpen && this.clock.now() - this.heardAt > PING_MS) {
      this.ping();
      this.#watch(PROOF_MS);
    }
  }

  #heard() {
    this.heardAt = this.clock.now();
    this.#watch(DEAD_MS);
  }

  /**
   * If nothing is heard for this long, the connection is dead, whatever its readyState says.
   * @param {number} ms
   */
  #watch(ms) {
    this.#stop("watchdog");
    this.timers.watchdog = this.clock.setTimeout(() => this.#lost(), ms);
  }

  #drop() {
    for (const name of Object.keys(this.timers)) this.#stop(name);
    const line = this.line;
    this.line = null;
    if (!line) return;
    line.onopen = line.onmessage = line.onclose = null;
    line.close();
  }

  /** @param {string} name */
  #stop(name) {
    this.clock.clearTimeout(this.timers[name]);
    delete this.timers[name];
  }

  /**
   * @param {Status} status
   * @param {string} [message]
   */
  #say(status, message = "") {
    this.status = status;
    this.handlers.onStatus(status, message);
  }
}
