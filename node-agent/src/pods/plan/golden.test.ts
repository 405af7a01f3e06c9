/**
 * Golden pairs: `case.input.yaml` (pod, what is observed, now) -> `case.output.yaml` (actions, when to look again, status). KEDGE_UPDATE_GOLDEN=1 writes
 * the outputs anew, to be read before they are committed.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Pod } from '#schema/core/pod.ts';
import { parseTime, toRfc3339 } from '#schema/meta/time.ts';
import { describe } from './action.ts';
import { specHashOf } from './containers.ts';
import type { Observed, ObservedContainer } from './observed.ts';
import { plan } from './plan.ts';
import { status } from './status.ts';

interface Input {
  now: string;
  pod: Pod;
  observed?: Partial<Omit<Observed, 'containers' | 'sandboxes'>> & {
    sandboxes?: Partial<Observed['sandboxes'][number]>[];
    containers?: (Partial<ObservedContainer> & { container: string })[];
  };
}

const dir = join(import.meta.dirname, 'testdata');

/** Fills what a case does not care about. Times in a case are RFC 3339. */
const complete = ({ pod, observed = {}, now }: Input): { pod: Pod; observed: Observed; now: number } => {
  const times = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (key, inner) => (key.endsWith('Ms') && typeof inner === 'string' ? parseTime(inner) : inner));
  const given = times(observed);
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return {
    now: parseTime(now),
    pod: {
      ...pod,
      metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: 1, ...pod.metadata },
      spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...pod.spec },
    },
    observed: {
      waiting: {},
      backOff: {},
      probes: {},
      stopping: {},
      volumes: { state: 'ready' },
      creating: false,
      drained: false,
      vanished: false,
      cleaned: false,
      startedAtMs: parseTime('2026-01-01T00:00:00Z'),
      hostIP: '192.0.2.10',
      ...given,
      sandboxes: (given.sandboxes ?? []).map((sandbox) => ({
        id: 's0',
        attempt: 0,
        ready: true,
        ip: '10.64.0.2',
        createdAtMs: 0,
        ...sandbox,
      })),
      containers: (given.containers ?? []).map((record) => ({
        id: `${record.container}-${record.attempt ?? 0}`,
        sandboxId: 's0',
        attempt: 0,
        specHash: specHashOf(all.find(({ name }) => name === record.container) ?? { name: record.container }),
        state: 'running',
        image: 'nginx:1.27',
        imageId: 'nginx@sha256:0c68',
        startedAtMs: parseTime('2026-01-01T00:00:01Z'),
        oomKilled: false,
        ...record,
      })),
    },
  };
};

const cases = readdirSync(dir)
  .filter((file) => file.endsWith('.input.yaml'))
  .map((file) => file.replace('.input.yaml', ''));

it.each(cases)('%s', (name) => {
  const { pod, observed, now } = complete(parse(readFileSync(join(dir, `${name}.input.yaml`), 'utf8')) as Input);
  const { actions, wakeAtMs } = plan(pod, observed, now);
  const output = {
    actions: actions.map(describe),
    ...(wakeAtMs === undefined ? {} : { wakeAt: toRfc3339(wakeAtMs) }),
    status: status(pod, observed, now),
  };
  // The same observation gives the same decision.
  expect(plan(pod, observed, now)).toEqual({ actions, ...(wakeAtMs === undefined ? {} : { wakeAtMs }) });
  const path = join(dir, `${name}.output.yaml`);
  if (process.env.KEDGE_UPDATE_GOLDEN) writeFileSync(path, stringify(output, { lineWidth: 140, aliasDuplicateObjects: false }));
  expect(JSON.parse(JSON.stringify(output))).toEqual(parse(readFileSync(path, 'utf8')));
});
