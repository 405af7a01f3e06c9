/**
 * The pod everything is measured with: as a Deployment's pods look, a little more than the 3.5 kB that are asked for as served, with managedFields of two
 * managers. It is bound to a node and tolerates everything, so neither the scheduler nor an eviction has a part in the numbers.
 */
import type { Client } from './client.ts';

/** At 10,000 pods each has a hundred, as nodes have at most 110; a small run needs no more than its pods. */
const NODES = 100;
const FEWEST_NODES = 20;
export const PODS = '/api/v1/namespaces/default/pods';
export const STAMP = 'kedge.bench/sent';
export const mergePatch = 'application/merge-patch+json';
export const leastBytes = 3_500;

const probe = (path: string) => ({ httpGet: { path, port: 8080 }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 });

/** By the number at the end of the pod's name. */
const nodeOf = (name: string): string => `bench-node-${Number(/\d*$/.exec(name)![0]) % NODES}`;

export const podOf = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { app: 'shop', 'pod-template-hash': '5d4f8c7b9', ...labels },
    annotations: { [STAMP]: ''.padEnd(24, '0') },
  },
  spec: {
    nodeName: nodeOf(name),
    terminationGracePeriodSeconds: 30,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'app',
        image: 'registry.example.com/shop/app:v1.24.3',
        args: ['--listen=:8080', '--log-format=json'],
        env: [{ name: 'DATABASE_URL', value: 'postgres://shop@database.default.svc.cluster.local:5432/shop' }],
        ports: [{ name: 'http', containerPort: 8080 }],
        resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '256Mi' } },
        readinessProbe: probe('/ready'),
        volumeMounts: [{ name: 'scratch', mountPath: '/var/scratch' }],
      },
    ],
    volumes: [{ name: 'scratch', emptyDir: {} }],
  },
});

/** The second manager of every pod. */
const status = {
  status: {
    phase: 'Running',
    podIP: '10.42.0.9',
    conditions: [{ type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
};

/** Of event number `sequence`, made at `micros`: always as long. */
export const stampText = (sequence: number, micros: number): string =>
  `${String(sequence).padStart(7, '0')}-${String(micros).padStart(16, '0')}`;

/** `PATCH` number `sequence`. */
export const stampPatch = (sequence: number): unknown => ({ metadata: { annotations: { [STAMP]: stampText(sequence, nowMicros()) } } });

/** Microseconds since the epoch, as every process of this machine tells them. */
export const nowMicros = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Nodes and pods `prefix-0` to `prefix-(count - 1)`. @throws Error when one is not made */
export const fill = async (
  client: Client,
  { prefix, count, parallel }: { readonly prefix: string; readonly count: number; readonly parallel: number },
): Promise<void> => {
  for (let i = 0; i < Math.min(NODES, Math.max(FEWEST_NODES, count)); i++) {
    await client.send('POST', '/api/v1/nodes', { body: { apiVersion: 'v1', kind: 'Node', metadata: { name: `bench-node-${i}` } } });
  }
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const name = `${prefix}-${next++}`;
      const made = await client.send('POST', PODS, { body: podOf(name) });
      if (made.status !== 201) throw new Error(`creating ${name}: ${made.status} ${made.json().message}`);
      const reported = await client.send('PATCH', `${PODS}/${name}/status`, { body: status, type: mergePatch });
      if (reported.status !== 200) throw new Error(`the status of ${name}: ${reported.status} ${reported.json().message}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
};
