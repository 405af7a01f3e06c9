/** What a watch sends for a batch of changes: at once where nothing has to be opened or converted, and the same bytes for all watches of a form. */
import { batchOf } from '../conversion/converter.ts';
import { converting } from '../conversion/unconverted.ts';
import type { StoredChange } from '../store/store.ts';
import type { Call } from './call.ts';
import { type ChangeView, viewOf } from './change-memo.ts';
import { opened } from './encode.ts';
import type { Selection } from './selection.ts';
import type { EventEncoder } from './watch-events.ts';
import { transition } from './watch-transition.ts';

const nothing = new Uint8Array(0);

/** Lines in order; empty when nothing of the batch is for this watch. */
export const batchLines = (
  call: Call,
  selection: Selection,
  encoder: EventEncoder,
  changes: readonly StoredChange[],
): Uint8Array | Promise<Uint8Array> => {
  if (changes.length === 0) return nothing;
  if (call.target.definition.sealed) return openedLines(call, selection, encoder, changes);
  if (batchOf(call.target.served)) return convertedLines(call, selection, encoder, changes);
  const memo = call.server.changes;
  const lines = (): Uint8Array => joined(changes.map((change) => changeLine(selection, encoder, change, memo.view(change))));
  return selection.everything && encoder.form !== undefined ? memo.joined(changes, encoder.form, lines) : lines();
};

const openedLines = async (
  call: Call,
  selection: Selection,
  encoder: EventEncoder,
  changes: readonly StoredChange[],
): Promise<Uint8Array> => {
  const all = await Promise.all(changes.map((change) => openedChange(call, change)));
  return joined(all.map((change) => changeLine(selection, encoder, change, viewOf(change))));
};

const convertedLines = async (
  call: Call,
  selection: Selection,
  encoder: EventEncoder,
  changes: readonly StoredChange[],
): Promise<Uint8Array> => {
  const memo = call.server.changes;
  const parts: Uint8Array[] = [];
  for (const change of changes) {
    await batchOf(call.target.served)?.keep([memo.view(change).now()]);
    parts.push(await converting(() => changeLine(selection, encoder, change, memo.view(change))));
  }
  return joined(parts);
};

/** `change` must be open. */
const changeLine = (selection: Selection, encoder: EventEncoder, change: StoredChange, view: ChangeView): Uint8Array => {
  if (!selection.matchesKey(change)) return nothing;
  const type = transition(selection, change.type, view);
  return type ? encoder.change(type, view, change) : nothing;
};

const openedChange = async (call: Call, change: StoredChange): Promise<StoredChange> => {
  const { body } = await opened(call, change);
  if (change.previousBody === undefined) return { ...change, body };
  return { ...change, body, previousBody: (await opened(call, { ...change, body: change.previousBody })).body };
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};
