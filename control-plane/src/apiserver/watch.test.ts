/** Watch through the HTTP face, over the real store and hub. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from '#fast-check';
import { type PieceSource, sourceOf } from './piece-source.ts';
import { createWorld, podNamed, type World } from './testing.ts';

interface Event {
  readonly type: string;
  readonly object: any;
}

const path = '/api/v1/namespaces/default/configmaps';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** Timers that end when the test says so, by their length in seconds. */
const timers = new Map<number, (() => void)[]>();
const delay = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    timers.set(ms / 1000, [...(timers.get(ms / 1000) ?? []), resolve]);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
const fire = (seconds: number): void => {
  const due = timers.get(seconds) ?? [];
  timers.delete(seconds);
  for (const resolve of due) resolve();
};

class Watcher {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = '';
  readonly #abort: AbortController;
  constructor(response: Response, abort: AbortController) {
    this.#reader = response.body!.getReader();
    this.#abort = abort;
  }
  /** The next event; undefined at the end of the stream. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const at = this.#rest.indexOf('\n');
      if (at >= 0) {
        const line = this.#rest.slice(0, at);
        this.#rest = this.#rest.slice(at + 1);
        return JSON.parse(line);
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#rest += new TextDecoder().decode(value);
    }
  }
  async until(isLast: (event: Event) => boolean): Promise<Event[]> {
    const events: Event[] = [];
    for (;;) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended after ${JSON.stringify(events)}`);
      events.push(event);
      if (isLast(event)) return events;
    }
  }
  async take(count: number): Promise<Event[]> {
    let left = count;
    return this.until(() => --left === 0);
  }
  stop(): void {
    this.#abort.abort();
  }
}

let world: World;
beforeAll(async () => {
  world = await createWorld({ delay });
});
afterAll(() => world.close());

const watch = async (query: string, options: { path?: string; accept?: string } = {}): Promise<Watcher> => {
  const abort = new AbortController();
  const response = await world.raw('GET', `${options.path ?? path}?watch=true&${query}`, {
    signal: abort.signal,
    headers: options.accept ? { accept: options.accept } : {},
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-encoding')).toBe('identity');
  return new Watcher(response, abort);
};

const short = (events: readonly Event[]): string[] => events.map((e) => `${e.type} ${e.object.metadata?.name ?? ''}`.trim());
const merge = { 'content-type': 'application/merge-patch+json' };

describe('start', () => {
  test('headers come before any event', async () => {
    const { body } = await world.call('GET', path);
    const watcher = await watch(`resourceVersion=${body.metadata.resourceVersion}`);
    watcher.stop();
  });

  test('without a version everything there is comes as ADDED, then what happens', async () => {
    await world.create(path, { metadata: { name: 'a' } });
    const watcher = await watch('');
    expect(short(await watcher.take(1))).toEqual(['ADDED a']);
    await world.call('PATCH', `${path}/a`, { data: { k: 'v' } }, merge);
    await world.call('DELETE', `${path}/a`);
    const [modified, deleted] = await watcher.take(2);
    expect(modified).toMatchObject({ type: 'MODIFIED', object: { data: { k: 'v' }, kind: 'ConfigMap', apiVersion: 'v1' } });
    expect(deleted!.type).toBe('DELETED');
    expect(Number(deleted!.object.metadata.resourceVersion)).toBeGreaterThan(Number(modified!.object.metadata.resourceVersion));
    watcher.stop();
    expect(await watcher.next()).toBeUndefined();
  });

  test('WatchList: initial events, the annotated bookmark, then news', async () => {
    await world.create(path, { metadata: { name: 'w1' } });
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watcher = await watch(query);
    const events = await watcher.until((e) => e.type === 'BOOKMARK');
    expect(short(events)).toEqual(['ADDED w1', 'BOOKMARK']);
    const { metadata } = events.at(-1)!.object;
    expect(metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(metadata.resourceVersion).toBe((await world.call('GET', path)).body.metadata.resourceVersion);
    await world.call('DELETE', `${path}/w1`);
    expect(short(await watcher.take(1))).toEqual(['DELETED w1']);
    watcher.stop();
  });

  test('one object by its name, also by the legacy path', async () => {
    await world.create(path, { metadata: { name: 'n1' } });
    await world.create(path, { metadata: { name: 'n2' } });
    const field = await watch('fieldSelector=metadata.name%3Dn2');
    expect(short(await field.take(1))).toEqual(['ADDED n2']);
    field.stop();
    const legacy = await watch('', { path: '/api/v1/watch/namespaces/default/configmaps/n1' });
    expect(short(await legacy.take(1))).toEqual(['ADDED n1']);
    legacy.stop();
    await world.call('DELETE', path);
  });

  test('volatile and sealed kinds', async () => {
    const events = await watch('', { path: '/apis/events.k8s.io/v1/namespaces/default/events' });
    await world.create('/api/v1/namespaces/default/events', {
      metadata: { name: 'e1' },
      ...{ involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' }, reason: 'R', message: 'M', type: 'Normal' },
    });
    const [event] = await events.take(1);
    expect(event!.object).toMatchObject({ apiVersion: 'events.k8s.io/v1', kind: 'Event', note: 'M', regarding: { name: 'p' } });
    events.stop();
    const secrets = await watch('', { path: '/api/v1/secrets' });
    await world.create('/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, ...{ data: { k: 'dg==' } } });
    expect((await secrets.take(1))[0]!.object.data).toEqual({ k: 'dg==' });
    secrets.stop();
  });
});

describe('selectors', () => {
  test('entering is ADDED, leaving is DELETED', async () => {
    const watcher = await watch('labelSelector=tier%3Dweb');
    await world.create(path, { metadata: { name: 's1' } });
    await world.call('PATCH', `${path}/s1`, { metadata: { labels: { tier: 'web' } } }, merge);
    await world.call('PATCH', `${path}/s1`, { data: { x: '1' } }, merge);
    await world.call('PATCH', `${path}/s1`, { metadata: { labels: { tier: null } } }, merge);
    await world.call('PATCH', `${path}/s1`, { metadata: { labels: { tier: 'web' } } }, merge);
    await world.call('DELETE', `${path}/s1`);
    expect(short(await watcher.take(5))).toEqual(['ADDED s1', 'MODIFIED s1', 'DELETED s1', 'ADDED s1', 'DELETED s1']);
    watcher.stop();
  });

  test('pods of a node', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const watcher = await watch('fieldSelector=spec.nodeName%3Dn1', { path: '/api/v1/pods' });
    await world.create(pods, podNamed('p1'));
    await world.call('POST', `${pods}/p1/binding`, { metadata: { name: 'p1' }, target: { kind: 'Node', name: 'n1' } });
    expect(short(await watcher.take(1))).toEqual(['ADDED p1']);
    watcher.stop();
    expect((await world.call('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')).body.items).toHaveLength(1);
  });

  const action = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    op: fc.constantFrom('put', 'put', 'delete'),
    inside: fc.boolean(),
  });

  test('replaying any watch from any revision gives exactly the list', async () => {
    const selectors = ['', 'labelSelector=in%3Dyes', 'fieldSelector=metadata.name!%3Da'];
    const lists = () => Promise.all(selectors.map(async (s) => (await world.call('GET', `${path}?${s}`)).body));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        run++;
        const seen = [await lists()];
        for (const [i, { name, op, inside }] of actions.entries()) {
          if (op === 'delete') await world.call('DELETE', `${path}/${name}`);
          else {
            const object = { metadata: { name, labels: { in: inside ? 'yes' : 'no' } }, data: { i: `${run}.${i}` } };
            const put = await world.call('PUT', `${path}/${name}`, object);
            if (put.status === 404) await world.create(path, object);
          }
          seen.push(await lists());
        }
        const end = `end-${run}`;
        await world.create(path, { metadata: { name: end, labels: { in: 'yes' } } });
        const last = await lists();
        for (const before of seen) {
          for (const [s, selector] of selectors.entries()) {
            const state = new Map<string, any>(before[s].items.map((o: any) => [o.metadata.name, o]));
            const watcher = await watch(`${selector}&resourceVersion=${before[s].metadata.resourceVersion}`);
            let newest = Number(before[s].metadata.resourceVersion);
            for (const { type, object } of await watcher.until((e) => e.object.metadata.name === end)) {
              const version = Number(object.metadata.resourceVersion);
              expect(version).toBeGreaterThan(newest);
              newest = version;
              expect(type === 'ADDED').toBe(!state.has(object.metadata.name));
              if (type === 'DELETED') state.delete(object.metadata.name);
              else state.set(object.metadata.name, object);
            }
            watcher.stop();
            const sorted = [...state.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
            expect(sorted).toEqual(last[s].items);
          }
        }
        await world.call('DELETE', path);
      }),
      { numRuns: 8 },
    );
  });
});

describe('forms and ends', () => {
  test('what several changes are to many watches of a form is made once, as one piece', async () => {
    const others = '/api/v1/namespaces/default/endpoints';
    const { body } = await world.call('GET', others);
    const aborts = [1, 2, 3].map(() => new AbortController());
    const pieces: Uint8Array[][] = aborts.map(() => []);
    for (const [i, { signal }] of aborts.entries()) {
      const response = await world.raw('GET', `${others}?watch=true&resourceVersion=${body.metadata.resourceVersion}`, { signal });
      const source: PieceSource = sourceOf(response.body)!;
      source.onNews = () => {
        for (let piece = source.next(); piece && piece !== 'ended'; piece = source.next()) pieces[i]!.push(piece);
      };
      source.onNews();
    }
    const lines = (): number[] => pieces.map((all) => all.reduce((sum, piece) => sum + piece.filter((byte) => byte === 10).length, 0));
    // what comes first is read from the store, by each for itself; then all stand at the same place
    for (const [i, name] of ['first', 'second'].entries()) {
      await world.create(others, { metadata: { name } });
      await expect.poll(lines).toEqual([i + 1, i + 1, i + 1]);
    }
    const before = pieces.map((all) => all.length);
    await Promise.all(['m1', 'm2', 'm3'].map((name) => world.create(others, { metadata: { name } })));
    await expect.poll(lines).toEqual([5, 5, 5]);
    const shared = pieces.map((all, i) => all.slice(before[i]));
    for (const all of shared) for (const [i, piece] of all.entries()) expect(piece).toBe(shared[0]![i]);
    for (const abort of aborts) abort.abort();
  });

  test('tables: columns in the first event only', async () => {
    const watcher = await watch('', { accept: table });
    await world.create(path, { metadata: { name: 't1' }, ...{ data: { a: '1', b: '2' } } });
    await world.create(path, { metadata: { name: 't2' } });
    const [first, second] = await watcher.take(2);
    expect(first!.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['t1', 2, '0s'], object: { kind: 'PartialObjectMetadata' } }] });
    expect(first!.object.columnDefinitions.map((c: any) => c.name)).toEqual(['Name', 'Data', 'Age']);
    expect(second!.object.columnDefinitions).toEqual([]);
    watcher.stop();
  });

  test('bookmarks tell how far it has seen, at times and at the end', async () => {
    const { body } = await world.call('GET', path);
    const watcher = await watch(`allowWatchBookmarks=true&timeoutSeconds=77&resourceVersion=${body.metadata.resourceVersion}`);
    const made = await world.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'other-kind' } });
    await world.create(path, { metadata: { name: 'b1' } });
    expect(short(await watcher.take(1))).toEqual(['ADDED b1']);
    fire(60);
    const [bookmark] = await watcher.take(1);
    expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1' } });
    expect(Number(bookmark!.object.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    await world.create(path, { metadata: { name: 'b2' } });
    await watcher.take(1);
    fire(77);
    const last = await watcher.next();
    expect(last!.type).toBe('BOOKMARK');
    expect(await watcher.next()).toBeUndefined();
  });

  test('a compacted start is 410 as an ERROR event, one from the future 504', async () => {
    const { revision } = await world.platform.store.head();
    await world.platform.store.compact(revision - 1);
    const old = await watch('resourceVersion=1');
    expect(await old.next()).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    expect(await old.next()).toBeUndefined();
    const future = await watch(`resourceVersion=${revision + 1000}`);
    expect(await future.next()).toMatchObject({
      type: 'ERROR',
      object: {
        ...{ code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
        message: `Timeout: Too large resource version: ${revision + 1000}, current: ${revision}`,
      },
    });
  });

  test('a reader that goes away ends the following', async () => {
    const { hub } = world.platform;
    const { follower } = hub;
    let closed: boolean | undefined;
    hub.follower = (...args) => {
      const made = follower!(...args);
      closed = false;
      const close = (): void => {
        closed = true;
        made.close();
      };
      return { next: () => made.next(), close };
    };
    const { metadata } = (await world.call('GET', path)).body;
    const response = await world.raw('GET', `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`);
    const reader = response.body!.getReader();
    await world.create(path, { metadata: { name: 'leaving' } });
    await reader.read();
    expect(closed).toBe(false);
    await reader.cancel();
    hub.follower = follower!;
    expect(closed).toBe(true);
  });

  test('a watch ends with its credential', async () => {
    await world.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      metadata: { name: 'watcher' },
      roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'default' }],
    });
    const asked = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec: { expirationSeconds: 900 } };
    const { token } = (await world.call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', asked)).body.status;
    const response = await world.raw('GET', `${path}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const ended = new Watcher(response, new AbortController()).next();
    await expect.poll(() => timers.has(900)).toBe(true);
    fire(900);
    expect(await ended).toBeUndefined();
  });

  test('options that contradict each other are 422', async () => {
    for (const query of [
      'resourceVersionMatch=NotOlderThan',
      'sendInitialEvents=true',
      'sendInitialEvents=true&resourceVersionMatch=Exact',
    ]) {
      const { status, body } = await world.call('GET', `${path}?watch=true&${query}`);
      expect(status, query).toBe(422);
      expect(body.message).toContain('ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: ');
    }
  });
});
