/** `rollout`, `scale` and `wait` on a Deployment, a StatefulSet and a DaemonSet without pods. */
import type { Theme } from './session.ts';

const set = (kind: string, name: string, more: string) => `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
  ${more}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { nodeSelector: { nowhere: "true" }, containers: [{ name: main, image: nginx:1.26 }] }
`;

export const roll: Theme = {
  name: 'roll',
  play: async ({ run, each, file, until }) => {
    const sets = [
      set('Deployment', 'web', 'replicas: 0'),
      set('StatefulSet', 'store', 'replicas: 0\n  serviceName: store'),
      set('DaemonSet', 'every', 'minReadySeconds: 0'),
    ];
    file('sets.yaml', sets.join('---\n'));
    const names = ['deployment/web', 'statefulset/store', 'daemonset/every'] as const;
    const generation = async (wanted: number) => {
      for (const name of names) {
        const [kind, id] = name.split('/');
        await until(`/apis/apps/v1/namespaces/roll/${kind}s/${id}`, ({ status }) => status.observedGeneration === wanted);
      }
    };
    const revisions = (wanted: number) =>
      until('/apis/apps/v1/namespaces/roll/controllerrevisions', ({ items }) => items.length === wanted * 2);
    await run('create -f sets.yaml');
    await generation(1);
    await revisions(1);
    for (const name of names) await run(`rollout status ${name} --timeout=60s`);
    for (const name of names) await run(`set image ${name} main=nginx:1.27`);
    await generation(2);
    await revisions(2);
    await run('annotate deployment web kubernetes.io/change-cause=newer');
    await until(
      '/apis/apps/v1/namespaces/roll/deployments/web',
      ({ metadata }) => metadata.annotations['deployment.kubernetes.io/revision'] === '2',
    );
    await until('/apis/apps/v1/namespaces/roll/replicasets', ({ items }) =>
      items.some(
        (item: { metadata: { annotations: Record<string, string> } }) =>
          item.metadata.annotations['kubernetes.io/change-cause'] === 'newer',
      ),
    );
    for (const name of names) await run(`rollout status ${name} --timeout=60s`);
    await each(...names.map((name) => `rollout history ${name}`));
    await each(...names.map((name) => `rollout history ${name} --revision=1`), 'rollout history deployment/web --revision=9');
    for (const name of names) await run(`rollout undo ${name}`);
    await generation(3);
    await until(
      '/apis/apps/v1/namespaces/roll/deployments/web',
      ({ metadata }) => metadata.annotations['deployment.kubernetes.io/revision'] === '3',
    );
    await each(...names.map((name) => `rollout history ${name}`));
    await each('rollout undo deployment/web --to-revision=9', 'rollout undo deployment/none', 'rollout pause deployment/web');
    await run('rollout pause deployment/web');
    await run('rollout undo deployment/web');
    await run('rollout restart deployment/web');
    await run('rollout resume deployment/web');
    await run('rollout resume deployment/web');
    for (const name of names) await run(`rollout restart ${name}`);
    await run('rollout pause statefulset/store');
    await run('scale deployment web --replicas=0');
    await run('scale deployment web --replicas=0 --current-replicas=4');
    await run('scale deployment none --replicas=1');
    await run('scale daemonset every --replicas=1');
    await run('scale deployment/web statefulset/store --replicas=0');
    await run('scale --replicas=0 -f sets.yaml');
    await run('scale deployment web --replicas=-2');
    await run('wait --for=condition=Available deployment/web --timeout=60s');
    await run('wait --for=jsonpath={.spec.replicas}=0 deployment/web --timeout=60s');
    await run('wait --for=condition=Odd deployment/web --timeout=0s');
    await run('wait --for=condition=Available deployment/none');
    await run('wait --for=delete deployment/none');
    await run('wait --for=delete statefulset/store --timeout=0s');
    file('held.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: held, finalizers: [example.com/held] }\n');
    await run('create -f held.yaml');
    await run('delete cm held --wait=false');
    await run('wait --for=delete cm/held --timeout=0s');
    await run(['patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    await run('wait --for=delete cm/held --timeout=60s');
    await run('delete statefulset store');
    await run('delete daemonset every --cascade=orphan');
    await run('delete deployment web --cascade=foreground');
    await run('rollout status deployment/web');
  },
};
