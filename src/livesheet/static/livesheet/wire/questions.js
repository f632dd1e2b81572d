/**
 * Questions to the server besides the rows: each gets its own answer, or an error if the connection
 * is lost before. Nothing is asked again automatically.
 */

/** @import {AnswerFrame, Column} from "../protocol.js" */
/** @import {Found} from "../surfaces.js" */

export class Questions {
  /** @param {(frame: object) => boolean} send */
  constructor(send) {
    this.send = send;
    this.count = 0;
    /** @type {Map<string, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
  }

  /**
   * @param {string} about
   * @param {object} query
   * @param {AbortSignal} [signal]  the server stops looking, and answers with the error `cancelled`
   * @returns {Promise<any>} rejected with an error that has a `code`; `offline` where there is no line
   */
  ask(about, query, signal) {
    this.count += 1;
    const ref = `q${this.count}`;
    return new Promise((resolve, reject) => {
      if (!this.send({ type: "ask", ref, about, query })) reject(failure("offline", ""));
      else this.waiting.set(ref, { resolve, reject });
      signal?.addEventListener("abort", () => {
        if (this.waiting.has(ref)) this.send({ type: "cancel", ref });
      });
    });
  }

  /**
   * @param {Column} column  of a relation
   * @param {string} text
   * @returns {Promise<Found>}
   */
  async options({ name }, text) {
    const { options, more } = await this.ask("options", { column: name, text });
    return { more, options: options.map(toOption) };
  }

  /** @param {Pick<AnswerFrame, "ref" | "result" | "error">} frame */
  answer({ ref, result, error }) {
    const waiting = this.waiting.get(ref);
    this.waiting.delete(ref);
    if (error) waiting?.reject(failure(error.code, error.message));
    else waiting?.resolve(result);
  }

  /** The connection is lost, so no answer will come. */
  drop() {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(failure("offline", ""));
  }
}

/**
 * @param {string} code
 * @param {string} message
 */
const failure = (code, message) => Object.assign(new Error(message), { code });

/** @param {[string, string]} pair */
const toOption = ([value, text]) => ({ value, text });
