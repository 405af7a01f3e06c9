/** A random mix of writers and watchers over sockets: whatever revision a list is from, a watch from there turns it into the last list. On both stores. */
import { Agent, type Dispatcher, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Plane, type StoreKind, startPlane } from '../bench/api/plane.ts';
import { type Chance, chanceOf } from '../conformance/fuzz/chance.ts';
import { waitFor } from '../harness/process.ts';

const WRITERS = 4;
const WRITES = 25;
const everywhere = '/api/v1/configmaps';
const namespaces = ['default', 'second'];
const names = ['a', 'b', 'c', 'd', 'e'];
const END = 'the-end';

interface Snapshot {
  readonly resourceVersion: string;
  /** JSON of each object, by namespace and name. */
  readonly objects: ReadonlyMap<string, string>;
}

const keyOf = ({ metadata }: any): string => `${metadata.namespace}/${metadata.name}`;

describe.each(['file', 'http'] as const)('on the %s store', (kind: StoreKind) => {
  let plane: Plane;
  let dispatcher: Agent;
  beforeAll(async () => {
    plane = await startPlane(kind);
    dispatcher = new Agent({ connect: { ca: plane.ca, timeout: 60_000 } });
    // the last that the control loop puts there by itself
    await waitFor('the namespace', async () => {
      const { statusCode, body } = await ask('GET', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt');
      await body.dump();
      return statusCode === 200;
    });
    await send('POST', '/api/v1/namespaces', { metadata: { name: 'second' } });
  }, 300_000);
  afterAll(async () => {
    await dispatcher?.destroy();
    await plane?.stop();
  });

  const ask = (method: string, path: string, body?: unknown, type = 'application/json'): Promise<Dispatcher.ResponseData> =>
    request(`${plane.url}${path}`, {
      dispatcher,
      method: method as 'GET',
      headers: { authorization: `Bearer ${plane.token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const send = async (method: string, path: string, body?: unknown, type?: string): Promise<any> => {
    const answer = await ask(method, path, body, type);
    const value: any = await answer.body.json();
    // writers are in each other's way: what is there, or gone, is no failure
    if (answer.statusCode >= 300 && ![404, 409].includes(answer.statusCode)) throw new Error(`${method} ${path}: ${value.message}`);
    return value;
  };

  const list = async (): Promise<Snapshot> => {
    const { metadata, items } = await send('GET', everywhere);
    const typed = items.map((item: any) => [keyOf(item), JSON.stringify({ ...item, apiVersion: 'v1', kind: 'ConfigMap' })]);
    return { resourceVersion: metadata.resourceVersion, objects: new Map(typed) };
  };

  const write = async (chance: Chance, value: number): Promise<void> => {
    const collection = `/api/v1/namespaces/${chance.of(namespaces)}/configmaps`;
    const name = chance.of(names);
    const data = { value: String(value) };
    if (chance.hit(0.25)) await send('DELETE', `${collection}/${name}`);
    else if (chance.hit(0.4)) await send('POST', collection, { metadata: { name }, data });
    else await send('PATCH', `${collection}/${name}`, { data }, 'application/merge-patch+json');
  };

  /** `from` and every event after it until the end. @throws Error when an object is added twice, or changed before it is there, or revisions go back */
  const replayed = async ({ resourceVersion, objects }: Snapshot): Promise<ReadonlyMap<string, string>> => {
    const state = new Map(objects);
    let seen = Number(resourceVersion);
    const { body } = await ask('GET', `${everywhere}?watch=true&resourceVersion=${resourceVersion}`);
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const { type, object } = JSON.parse(line);
        const key = keyOf(object);
        const revision = Number(object.metadata.resourceVersion);
        if (revision <= seen) throw new Error(`revision ${revision} after ${seen}`);
        if ((type === 'ADDED') === state.has(key)) throw new Error(`${type} of ${key}, which is ${state.has(key) ? '' : 'not '}there`);
        seen = revision;
        if (type === 'DELETED') state.delete(key);
        else state.set(key, JSON.stringify({ ...object, apiVersion: 'v1', kind: 'ConfigMap' }));
        if (object.metadata.name === END) return state;
      }
    }
    throw new Error('the watch ended early');
  };

  it('turns any list into the last one', { timeout: 300_000 }, async () => {
    const snapshots: Snapshot[] = [await list()];
    const live: Promise<ReadonlyMap<string, string>>[] = [replayed(snapshots[0]!)];
    const writer = async (number: number): Promise<void> => {
      const chance = chanceOf(number);
      for (let i = 0; i < WRITES; i++) {
        await write(chance, number * 1_000 + i);
        if (!chance.hit(0.2)) continue;
        const snapshot = await list();
        snapshots.push(snapshot);
        if (chance.hit(0.5)) live.push(replayed(snapshot));
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(i + 1)));
    await send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: END } });
    const { objects } = await list();
    for (const state of await Promise.all([...live, ...snapshots.map(replayed)]))
      expect(new Map([...state].sort())).toEqual(new Map([...objects].sort()));
  });
});
