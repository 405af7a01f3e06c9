/** What the control plane does by itself: it returns from a rollout that fails, and scales by what pods really use. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { get, type Load, startLoad } from './requests.ts';

let cluster: TestCluster;
let scaled: Promise<void>;

const field = (object: string, path: string) => cluster.ok(['get', ...object.split('/'), '-o', `jsonpath={${path}}`]);
const apply = (...objects: object[]) => cluster.ok('apply -f -', { input: objects.map((object) => stringify(object)).join('---\n') });

beforeAll(async () => {
  cluster = await startCluster({ name: 'autopilot' });
  scaled = scaleByUse();
  // its own test tells
  scaled.catch(() => {});
});
afterAll(() => cluster?.stop());

/** Requests to the Service `web`, from when its address answers. */
const loadOnWeb = async (): Promise<Load> => {
  const url = `http://${await field('service/web', '.spec.clusterIP')}/`;
  await waitFor('the Service to answer', async () => (await get(url)).status === 200);
  return startLoad([url], 2);
};
const rolledBack = (message: RegExp) =>
  waitFor(`RolledBack with ${message}`, async () =>
    message.test(await field('deployment/web', '.status.conditions[?(@.type=="RolledBack")].message')),
  );

/** A busy machine does not make a pod that serves unready. */
const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 10 };
const web = (image: string, annotations: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', annotations },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'nginx', image, readinessProbe }] },
    },
  },
});

/** Most of it is waiting for measurements: begun with the first test, it goes on beside the others. */
const scaleByUse = async (): Promise<void> => {
  // a shell that looks once a second uses next to nothing, on any machine
  const script = 'while :; do if [ -e /busy ]; then :; else sleep 1; fi; done';
  await apply(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'worker' },
      spec: {
        selector: { matchLabels: { app: 'worker' } },
        template: {
          metadata: { labels: { app: 'worker' } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'c',
                image: 'busybox',
                command: ['sh', '-c', script],
                resources: { requests: { cpu: '50m' }, limits: { cpu: '150m' } },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'worker' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'worker' },
        maxReplicas: 2,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 100 } } }],
        behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
      },
    },
  );
  await cluster.ok('rollout status deployment/worker --timeout=120s');
  const first = (await cluster.ok('get pods -l app=worker -o name')).trim();
  const active = () => field('hpa/worker', '.status.conditions[?(@.type=="ScalingActive")].reason');
  await waitFor('the first measurement', async () => (await active()) === 'ValidMetricFound');
  await cluster.ok(['exec', first, '--', 'touch', '/busy']);
  await waitFor('a second pod', async () => (await field('deployment/worker', '.spec.replicas')) === '2', { timeoutMs: 180_000 });
  await cluster.ok(['exec', first, '--', 'rm', '/busy']);
  await waitFor('one pod again', async () => (await field('deployment/worker', '.spec.replicas')) === '1', { timeoutMs: 180_000 });
  const row = /^worker +Deployment\/worker +cpu: \d+%\/100% +1 +2 /;
  await waitFor('its row', async () => row.test(await cluster.ok('get hpa worker --no-headers')));
};

describe('automatic rollback', () => {
  it('returns from an image that is not there; the old pods never stop serving', async () => {
    const asked = { 'kedge.dev/auto-rollback': 'true' };
    await apply(web('nginx:1.27', asked), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await cluster.ok('rollout status deployment/web --timeout=120s');
    await waitFor('the revision to be noted as complete', async () =>
      (await cluster.ok('get deployment web -o yaml')).includes('last-complete-revision'),
    );
    const load = await loadOnWeb();
    await cluster.ok('set image deployment/web nginx=nginx:no-such-version');
    await waitFor('the rollback', async () => (await field('deployment/web', '.spec.template.spec.containers[0].image')) === 'nginx:1.27');
    await cluster.ok('rollout status deployment/web --timeout=120s');
    await waitFor('some requests', () => load.sent > 20);
    await load.stop();
    expect(load.failures).toEqual([]);
    await rolledBack(/new pods fail: pod web-\S+: container nginx: (ImagePullBackOff|ErrImagePull)/);
    await waitFor('the event', async () => (await cluster.ok('events --for deployment/web')).includes('AutomaticRollback'));
    await cluster.ok('delete deployment,service web');
  });

  it('brings the configuration back with it', async () => {
    const asked = { 'kedge.dev/auto-rollback': 'true', 'kedge.dev/auto-rollback-config': 'true' };
    const page = (status: number) => ({ 'default.conf': `server { listen 80; location / { return ${status} "page\\n"; } }` });
    const map = (status: number) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'page' }, data: page(status) });
    const serving = (round: string) => {
      const object = web('nginx:1.27', { ...asked, 'kedge.dev/auto-rollback-unready-seconds': '2' });
      const { template } = object.spec;
      const [nginx] = template.spec.containers;
      // subPath: what a running pod sees stays as it was when it started
      const mount = { name: 'page', mountPath: '/etc/nginx/conf.d/default.conf', subPath: 'default.conf' };
      const spec = {
        containers: [{ ...nginx, volumeMounts: [mount] }],
        volumes: [{ name: 'page', configMap: { name: 'page' } }],
      };
      const metadata = { ...template.metadata, annotations: { round } };
      return { ...object, spec: { ...object.spec, replicas: 2, template: { metadata, spec } } };
    };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    };
    await apply(map(200), service, serving('one'));
    await cluster.ok('rollout status deployment/web --timeout=120s');
    await waitFor('the configuration to be noted', async () =>
      (await cluster.ok('get deployment web -o yaml')).includes('kedge.dev/last-complete-config'),
    );
    const load = await loadOnWeb();
    await apply(map(500), serving('two'));
    await waitFor('the rollback', async () => (await field('deployment/web', '.spec.template.metadata.annotations.round')) === 'one');
    expect(await field('configmap/page', '.data.default\\.conf')).toBe(page(200)['default.conf']);
    await cluster.ok('rollout status deployment/web --timeout=120s');
    await load.stop();
    expect(load.failures).toEqual([]);
    await rolledBack(/not ready for 2s; returned to their former content: ConfigMap page$/);
    await cluster.ok('delete deployment,service,configmap web page --ignore-not-found');
  });
});

describe('a HorizontalPodAutoscaler', () => {
  it('adds pods under real load and takes them away when it ends', () => scaled);
});
