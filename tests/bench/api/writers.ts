/** Writers that get in each other's way: patches of one object and of many, and read-then-write with one winner for each revision. */
import type { Client } from './client.ts';
import { type Summary, summary } from './numbers.ts';
import { mergePatch, PODS } from './pods.ts';

export interface Written {
  readonly summary: Summary;
  /** Neither success nor, where it may be, a conflict. */
  readonly failed: number;
  readonly conflicts: number;
  /** Revisions that more than one writer built on, and writes that are not in the object at the end. */
  readonly wrong: number;
}

const together = (writers: number, work: (writer: number) => Promise<void>): Promise<unknown> =>
  Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)));

/** Each writer patches an annotation of its own `rounds` times; `objects` 1 or as many as writers. */
export const timePatches = async (
  client: Client,
  prefix: string,
  options: { readonly writers: number; readonly objects: number; readonly rounds: number },
): Promise<Written> => {
  const ms: number[] = [];
  let failed = 0;
  const startMs = performance.now();
  const nameOf = (writer: number): string => `${PODS}/${prefix}-${writer % options.objects}`;
  await together(options.writers, async (writer) => {
    for (let round = 1; round <= options.rounds; round++) {
      const body = { metadata: { annotations: { [`kedge.bench/writer-${writer}`]: String(round) } } };
      const reply = await client.send('PATCH', nameOf(writer), { body, type: mergePatch });
      ms.push(reply.ms);
      if (reply.status !== 200) failed++;
    }
  });
  const elapsedMs = performance.now() - startMs;
  let wrong = 0;
  for (let writer = 0; writer < options.writers; writer++) {
    const { annotations } = (await client.send('GET', nameOf(writer))).json().metadata;
    if (annotations[`kedge.bench/writer-${writer}`] !== String(options.rounds)) wrong++;
  }
  return { summary: summary(ms, elapsedMs), failed, conflicts: 0, wrong };
};

/** Each writer reads the object and puts it back until `rounds` of its writes were taken. */
export const timePuts = async (
  client: Client,
  name: string,
  options: { readonly writers: number; readonly rounds: number },
): Promise<Written> => {
  const ms: number[] = [];
  let failed = 0;
  let conflicts = 0;
  const builtOn = new Map<string, number>();
  const startMs = performance.now();
  await together(options.writers, async (writer) => {
    for (let won = 0; won < options.rounds && failed === 0; ) {
      const object = (await client.send('GET', `${PODS}/${name}`)).json();
      const { resourceVersion } = object.metadata;
      object.metadata.annotations[`kedge.bench/put-${writer}`] = String(won + 1);
      const reply = await client.send('PUT', `${PODS}/${name}`, { body: object });
      ms.push(reply.ms);
      if (reply.status === 409) conflicts++;
      else if (reply.status === 200) {
        won++;
        builtOn.set(resourceVersion, (builtOn.get(resourceVersion) ?? 0) + 1);
      } else failed++;
    }
  });
  const elapsedMs = performance.now() - startMs;
  const { annotations } = (await client.send('GET', `${PODS}/${name}`)).json().metadata;
  let wrong = [...builtOn.values()].filter((winners) => winners > 1).length;
  for (let writer = 0; writer < options.writers; writer++) if (annotations[`kedge.bench/put-${writer}`] !== String(options.rounds)) wrong++;
  return { summary: summary(ms, elapsedMs), failed, conflicts, wrong };
};
