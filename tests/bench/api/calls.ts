/** Calls of one object, one after the other; alone or while something else goes on. */
import type { Client, Reply } from './client.ts';
import { startHelper } from './helper-process.ts';
import type { ListsReport } from './list-process.ts';
import { type Summary, summary } from './numbers.ts';
import type { Access } from './plane.ts';
import { mergePatch, PODS, podOf, stampPatch } from './pods.ts';

export interface Timed {
  readonly name: string;
  readonly summary: Summary;
  readonly failed: number;
}

type Call = (i: number) => Promise<Reply>;

const applyPatch = 'application/apply-patch+yaml';

/** What a client does to one object. Each run uses names of its own. */
const callsOf = (client: Client, run: string): Readonly<Record<string, Call>> => {
  const at = (i: number): string => `${PODS}/${run}-${i}`;
  return {
    create: (i) => client.send('POST', PODS, { body: podOf(`${run}-${i}`) }),
    get: (i) => client.send('GET', at(i)),
    update: async (i) => {
      const body = (await client.send('GET', at(i))).json();
      body.metadata.labels.round = 'two';
      return client.send('PUT', at(i), { body });
    },
    patch: (i) => client.send('PATCH', at(i), { body: stampPatch(i), type: mergePatch }),
    'server-side apply': (i) => {
      const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${run}-${i}`, annotations: { 'kedge.bench/applied': String(i) } } };
      return client.send('PATCH', `${at(i)}?fieldManager=bench-apply&force=true`, { body, type: applyPatch });
    },
    delete: (i) => client.send('DELETE', at(i), { body: { gracePeriodSeconds: 0 } }),
  };
};

/** Every sort of call `count` times. */
export const timeCalls = async (client: Client, run: string, count: number): Promise<Timed[]> => {
  const done: Timed[] = [];
  for (const [name, call] of Object.entries(callsOf(client, run))) {
    const ms: number[] = [];
    let failed = 0;
    const startMs = performance.now();
    for (let i = 0; i < count; i++) {
      const reply = await call(i);
      ms.push(reply.ms);
      if (reply.status >= 300) failed++;
    }
    done.push({ name, summary: summary(ms, performance.now() - startMs), failed });
  }
  return done;
};

/** The same while lists of everything follow each other without pause. */
export const timeCallsBesideLists = async ({ url, ca, token }: Access, client: Client, run: string, count: number): Promise<Timed[]> => {
  const lister = startHelper('list-process.ts');
  try {
    const listing = lister.message();
    lister.send({ url, ca, token } satisfies Access);
    await listing;
    const done = await timeCalls(client, run, count);
    const reported = lister.message<ListsReport>();
    lister.send('stop');
    const { failed } = await reported;
    return done.map((timed) => ({ ...timed, failed: timed.failed + failed }));
  } finally {
    lister.stop();
  }
};
