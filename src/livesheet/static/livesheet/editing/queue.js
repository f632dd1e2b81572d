/**
 * Everything that is not known to be in the database, as it is kept and as another copy of the sheet
 * goes on with it. What may have been sent keeps the client and the ref under which it was, so that
 * the server knows it again; what was not goes out with the base that it had.
 */

/** @import {Queue} from "../wire/kept.js" */
/** @import {Outgoing} from "./outgoing.js" */
/** @import {Pk, Value} from "../protocol.js" */

/**
 * @param {Outgoing} outgoing
 * @returns {Queue}
 */
export function pack({ store, outbox }) {
  const waiting = new Set(outbox.queue.map(({ pk }) => pk));
  const drafts = [...store.drafts.byPk].filter(
    ([pk, values]) =>
      store.drafts.isDraft(pk) &&
      (waiting.has(pk) || !outbox.pendingRow(pk)) &&
      Object.keys(values).length,
  );
  return {
    flights: outbox.flights.kept(),
    edits: outbox.cells
      .all()
      .map(({ pk, column, value, base }) => ({ pk, column, value, base, row: store.rowName(pk) })),
    rows: drafts.map(([draft, values]) => ({ draft, values })),
  };
}

/**
 * @param {Outgoing} outgoing
 * @param {Queue} queue
 */
export function restore(outgoing, { flights, edits, rows }) {
  const { store, outbox, screen } = outgoing;
  /** @type {Map<Pk, Pk>} drafts, by the names that they had */
  const names = new Map();
  const draft = (/** @type {Pk} */ former, /** @type {Record<string, Value>} */ values) => {
    const name = store.drafts.create(values);
    names.set(former, name);
    store.view.addDraft(name);
    return name;
  };
  for (const flight of flights) {
    const { frame, pks } = flight;
    const renamed = pks.map((pk, at) =>
      store.drafts.isDraft(pk) ? draft(pk, /** @type {any} */ (frame).rows[at]) : pk,
    );
    outbox.restore({ ...flight, pks: renamed });
  }
  for (const { draft: former, values } of rows) draft(former, values);
  // Another page's draft must not be taken for one of ours that is called the same.
  const real = edits
    .filter(({ pk }) => names.has(pk) || !store.drafts.isDraft(pk))
    .map((edit) => ({ ...edit, pk: names.get(edit.pk) ?? edit.pk }));
  const commits = real.map((edit) => ({ ...edit, before: store.shown(edit.pk, edit.column) }));
  outgoing.edit(commits, [], false, false); // whoever brings them tells what became of them
  screen.arrange();
  screen.refresh(new Set([...flights.flatMap(({ pks }) => pks), ...real.map(({ pk }) => pk)]));
}
