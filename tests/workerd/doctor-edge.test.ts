/** `kedge doctor --edge` against real workerd: every check can be made, within the requests that were said. What the figures are is the machine's own affair. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type EdgeReport, edgeText, measureEdge } from '#infra/doctor/edge/edge.ts';
import { waitFor } from '../harness/process.ts';
import { startWorkerdPlane, type WorkerdPlane } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

let plane: WorkerdPlane;
let report: EdgeReport;

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: [] });
  await plane.tick();
  await waitFor('the namespace', () => plane.call('GET', '/api/v1/namespaces/default'));
  report = await measureEdge({ server: plane.url, caPem: plane.ca, token: plane.adminToken }, { idleMs: 12_000 });
});
afterAll(() => plane?.stop());

it('makes every measurement, each marked with where it was seen', () => {
  expect(report.refusal).toBeUndefined();
  expect(report.findings.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(report.findings.map(({ check, seen }) => `${check} ${seen}`)).toEqual(
    ['store latency', 'watch flush', 'back-pressure', 'CPU outcome', 'hibernation', 'idle streams'].map((check) => `${check} workerd`),
  );
  console.log(edgeText(report));
});

it('makes the requests it said, and leaves nothing behind', async () => {
  expect(report.requests.made).toBe(report.requests.stated);
  const { items } = await plane.call('GET', '/api/v1/namespaces/default/configmaps');
  expect(items.map((map: any) => map.metadata.name).filter((name: string) => name.startsWith('kedge-doctor'))).toEqual([]);
});

it('says why where nothing can be measured', async () => {
  const refused = await measureEdge({ server: plane.url, caPem: plane.ca, token: 'none' }, { idleMs: 1_000 });
  expect(refused).toMatchObject({ refusal: expect.stringContaining('401'), findings: [], requests: { made: 1 } });
});
