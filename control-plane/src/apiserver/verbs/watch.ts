/**
 * Watch: a stream of changes, one JSON document a line. Headers go out at once. What the client has not seen yet is listed first where it asks
 * for that; then the hub is followed from exactly that revision, so nothing is missed and nothing comes twice. Objects that enter or leave
 * the selection become ADDED and DELETED.
 */
import { batchOf } from '../../conversion/converter.ts';
import { converting } from '../../conversion/unconverted.ts';
import { parseBody } from '../../registry/body.ts';
import type { StoredObject } from '../../store/store.ts';
import type { Call, Handler } from '../call.ts';
import { futureResourceVersion } from '../errors.ts';
import { whenFresh } from '../freshness.ts';
import { negotiate } from '../negotiation.ts';
import { listOptions } from '../options.ts';
import { newestRevision, readPage } from '../pages.ts';
import { streamOf } from '../piece-source.ts';
import { selectionOf } from '../selection.ts';
import { includeObjectOf } from '../tables.ts';
import { createEventEncoder } from '../watch-events.ts';
import { type Head, type Watching, WatchLines } from '../watch-lines.ts';

const minSeconds = 1800;
/** Initial events in one piece of the stream. */
const initialChunk = 50;
const newline = '\n';

export const watch: Handler = async (call) => {
  const options = listOptions(call.query, true);
  const { definition, served, name } = call.target;
  const selection = selectionOf(definition, options, name, served.fieldLabels);
  const wanted = negotiate(call.request.headers.get('accept'));
  const encoder = createEventEncoder(call, wanted, includeObjectOf(call.query));
  const { random } = call.server.platform;
  const asked = options.timeoutSeconds || minSeconds + Math.floor(random.float() * minSeconds);
  const seconds = call.expiresMs === undefined ? asked : Math.min(asked, Math.ceil((call.expiresMs - call.nowMs) / 1000));
  const stop = new AbortController();
  const end = () => stop.abort();
  call.request.signal?.addEventListener('abort', end, { once: true });
  void call.server.delay(seconds * 1000, stop.signal).then(end);
  const watching = { options, selection, encoder, stop };
  const lines = new WatchLines(call, watching, initialLines(call, watching));
  stop.signal.addEventListener('abort', () => call.request.signal?.removeEventListener('abort', end), { once: true });
  return new Response(streamOf(lines), {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      // A proxy that compresses would hold events back.
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
    },
  });
};

async function* initialLines(call: Call, watching: Watching): Head {
  const { options, encoder } = watching;
  const start = await startFrom(call, watching);
  for (let i = 0; i < start.initial.length; i += initialChunk) {
    const chunk = start.initial.slice(i, i + initialChunk);
    await batchOf(call.target.served)?.keep(chunk.map(({ body, revision }) => parseBody(body, revision)));
    yield await converting(() => chunk.map((item) => encoder.event('ADDED', item) + newline).join(''));
  }
  if (options.sendInitialEvents && options.allowWatchBookmarks) yield encoder.bookmark(start.revision, true) + newline;
  return start.revision;
}

/** What to send first, and the revision to follow from. */
const startFrom = async (
  call: Call,
  { options, selection }: Watching,
): Promise<{ readonly initial: readonly StoredObject[]; readonly revision: number }> => {
  const { resourceVersion, sendInitialEvents } = options;
  const unset = resourceVersion === '' || resourceVersion === '0';
  if (sendInitialEvents === true || (unset && sendInitialEvents === undefined)) {
    const now = { ...options, limit: 0, resourceVersion: '', resourceVersionMatch: '', continueToken: '' } as const;
    const asked = Number(resourceVersion || '0');
    const page = await whenFresh(call, async () => {
      const read = await readPage(call, now, selection);
      if (asked > read.revision) throw futureResourceVersion(asked, read.revision);
      return read;
    });
    return { initial: page.items, revision: page.revision };
  }
  if (!unset) return { initial: [], revision: Number(resourceVersion) };
  return { initial: [], revision: await newestRevision(call) };
};
