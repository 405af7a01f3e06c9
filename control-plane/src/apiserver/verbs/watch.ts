/**
 * Watch: a stream of changes, one JSON document a line. Headers go out at once. What the client has not seen yet is listed first where it asks
 * for that; then the hub is followed from exactly that revision, so nothing is missed and nothing comes twice. Objects that enter or leave
 * the selection become ADDED and DELETED.
 */
import { storageKey } from '#schema/resource.ts';
import { batchOf } from '../../conversion/converter.ts';
import { converting } from '../../conversion/unconverted.ts';
import { parseBody } from '../../registry/body.ts';
import type { StoredChange, StoredObject } from '../../store/store.ts';
import type { Call, Handler } from '../call.ts';
import { type ChangeView, viewOf } from '../change-memo.ts';
import { opened } from '../encode.ts';
import { futureResourceVersion, internal, toStatus } from '../errors.ts';
import { negotiate } from '../negotiation.ts';
import { type ListOptions, listOptions } from '../options.ts';
import { newestRevision, readPage } from '../pages.ts';
import { type Selection, selectionOf } from '../selection.ts';
import { fromThrown } from '../store-errors.ts';
import { includeObjectOf } from '../tables.ts';
import { createEventEncoder, type EventEncoder } from '../watch-events.ts';
import { transition } from '../watch-transition.ts';

const bookmarkEveryMs = 60_000;
const minSeconds = 1800;
/** Initial events in one piece of the stream. */
const initialChunk = 50;
const newline = '\n';

export const watch: Handler = async (call) => {
  const options = listOptions(call.query, true);
  const { definition, name } = call.target;
  const selection = selectionOf(definition, options, name);
  const wanted = negotiate(call.request.headers.get('accept'));
  const encoder = createEventEncoder(call, wanted, includeObjectOf(call.query));
  const { random } = call.server.platform;
  const asked = options.timeoutSeconds || minSeconds + Math.floor(random.float() * minSeconds);
  const seconds = call.expiresMs === undefined ? asked : Math.min(asked, Math.ceil((call.expiresMs - call.nowMs) / 1000));
  const stop = new AbortController();
  const end = () => stop.abort();
  call.request.signal?.addEventListener('abort', end, { once: true });
  const lines = watchLines(call, { options, selection, encoder, stop, seconds });
  const text = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await lines.next();
      if (!done) return controller.enqueue(typeof value === 'string' ? text.encode(value) : value);
      call.request.signal?.removeEventListener('abort', end);
      controller.close();
    },
    cancel: () => {
      end();
      void lines.return();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      // A proxy that compresses would hold events back.
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
    },
  });
};

interface Watching {
  readonly options: ListOptions;
  readonly selection: Selection;
  readonly encoder: EventEncoder;
  readonly stop: AbortController;
  readonly seconds: number;
}

async function* watchLines(call: Call, watching: Watching): AsyncGenerator<string | Uint8Array, void> {
  const { options, encoder, stop, seconds } = watching;
  const asked = Number(options.resourceVersion || '0');
  void call.server.delay(seconds * 1000, stop.signal).then(() => stop.abort());
  try {
    const start = await startFrom(call, watching);
    for (let i = 0; i < start.initial.length; i += initialChunk) {
      const chunk = start.initial.slice(i, i + initialChunk);
      await batchOf(call.target.served)?.keep(chunk.map(({ body, revision }) => parseBody(body, revision)));
      yield await converting(() => chunk.map((item) => encoder.event('ADDED', item) + newline).join(''));
    }
    if (options.sendInitialEvents) yield encoder.bookmark(start.revision, true) + newline;
    yield* followLines(call, watching, start.revision);
  } catch (error) {
    if (stop.signal.aborted) return;
    const known = fromThrown(error, asked);
    if (!known) call.server.platform.log.error('watch ended', { error: String(error) });
    const status = toStatus(known ?? internal('the watch ended'));
    yield `{"type":"ERROR","object":${JSON.stringify(status)}}${newline}`;
  } finally {
    stop.abort();
  }
}

/** What to send first, and the revision to follow from. */
const startFrom = async (
  call: Call,
  { options, selection }: Watching,
): Promise<{ readonly initial: readonly StoredObject[]; readonly revision: number }> => {
  const { resourceVersion, sendInitialEvents } = options;
  const unset = resourceVersion === '' || resourceVersion === '0';
  if (sendInitialEvents === true || (unset && sendInitialEvents === undefined)) {
    const page = await readPage(
      call,
      { ...options, limit: 0, resourceVersion: '', resourceVersionMatch: '', continueToken: '' },
      selection,
    );
    const asked = Number(resourceVersion || '0');
    if (asked > page.revision) throw futureResourceVersion(asked, page.revision);
    return { initial: page.items, revision: page.revision };
  }
  if (!unset) return { initial: [], revision: Number(resourceVersion) };
  return { initial: [], revision: await newestRevision(call) };
};

async function* followLines(call: Call, watching: Watching, from: number): AsyncGenerator<string | Uint8Array, void> {
  const { options, selection, encoder, stop } = watching;
  const { definition, namespace } = call.target;
  const filter = { resources: [storageKey(definition)], ...(namespace ? { namespace } : {}), credentialId: call.credentialId };
  const batches = call.server.platform.hub.follow(filter, from, stop.signal)[Symbol.asyncIterator]();
  let through = from;
  let bookmarked = from;
  let next = batches.next();
  let due = options.allowWatchBookmarks ? bookmarkTimer(call, stop.signal) : undefined;
  for (;;) {
    const batch = await (due ? Promise.race([next, due]) : next);
    if (batch === 'bookmark') {
      if (stop.signal.aborted) due = undefined;
      else {
        due = bookmarkTimer(call, stop.signal);
        if (through > bookmarked) yield encoder.bookmark(through, false) + newline;
        bookmarked = through;
      }
      continue;
    }
    if (batch.done) break;
    const lines = await batchLines(call, selection, encoder, batch.value.changes);
    through = Math.max(through, batch.value.through);
    if (lines.length > 0) yield lines;
    next = batches.next();
  }
  // Closing by time, not because the client went: tell how far it has seen.
  if (options.allowWatchBookmarks && through > bookmarked && !call.request.signal?.aborted) {
    yield encoder.bookmark(through, false) + newline;
  }
}

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

const bookmarkTimer = async (call: Call, signal: AbortSignal): Promise<'bookmark'> => {
  await call.server.delay(bookmarkEveryMs, signal);
  return 'bookmark';
};

const nothing = new Uint8Array(0);

/** What a watch sends for a batch; empty when nothing of it is for this one. */
const batchLines = async (
  call: Call,
  selection: Selection,
  encoder: EventEncoder,
  changes: readonly StoredChange[],
): Promise<Uint8Array> => {
  if (changes.length === 0) return nothing;
  if (call.target.definition.sealed) {
    const opened = await Promise.all(changes.map((change) => openedChange(call, change)));
    return joined(opened.map((change) => changeLine(selection, encoder, change, viewOf(change))));
  }
  const memo = call.server.changes;
  const batch = batchOf(call.target.served);
  if (batch) {
    const parts: Uint8Array[] = [];
    for (const change of changes) {
      await batch.keep([memo.view(change).now()]);
      parts.push(await converting(() => changeLine(selection, encoder, change, memo.view(change))));
    }
    return joined(parts);
  }
  const lines = (): Uint8Array => joined(changes.map((change) => changeLine(selection, encoder, change, memo.view(change))));
  return selection.everything && encoder.form !== undefined ? memo.joined(changes, encoder.form, lines) : lines();
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
