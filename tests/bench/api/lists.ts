/** Lists of everything, as objects and as a Table. */
import type { Client } from './client.ts';
import { type Summary, summary } from './numbers.ts';
import { PODS } from './pods.ts';

export const forms = { JSON: 'application/json', Table: 'application/json;as=Table;v=v1;g=meta.k8s.io' } as const;

export interface TimedList {
  readonly form: keyof typeof forms;
  readonly summary: Summary;
  readonly megabytes: number;
}

/** `runs` lists in each form after one that does not count. @throws Error when a list is not whole */
export const timeLists = async (client: Client, expected: number, runs: number): Promise<TimedList[]> => {
  const done: TimedList[] = [];
  for (const form of Object.keys(forms) as (keyof typeof forms)[]) {
    const ms: number[] = [];
    let bytes = 0;
    for (let i = 0; i <= runs; i++) {
      const reply = await client.send('GET', PODS, { accept: forms[form] });
      bytes = reply.bytes;
      if (i > 0) ms.push(reply.ms);
      if (i < runs) continue;
      const body = reply.json();
      const found = (body.items ?? body.rows).length;
      if (reply.status !== 200 || found < expected) throw new Error(`a list of ${found} instead of ${expected}: ${reply.status}`);
    }
    done.push({
      form,
      summary: summary(
        ms,
        ms.reduce((a, b) => a + b, 0),
      ),
      megabytes: bytes / 1e6,
    });
  }
  return done;
};
