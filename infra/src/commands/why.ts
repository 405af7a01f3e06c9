/** `kedge why pod/NAME [--nodes]`, as a plugin `kubectl kedge why pod/NAME`: why a pod waits and what would have to change, or where and when it was placed. */
import { accessOf, createApi } from '../backup/api.ts';
import type { Command } from '../commands.ts';
import { kubeconfigOf, namespaceIn } from '../scheduling/access.ts';
import { podNameOf, whyText, whyUsage } from '../scheduling/why.ts';

export { whyUsage as usage } from '../scheduling/why.ts';

const SIMULATE = '/apis/kedge.dev/v1/scheduling:simulate';

export const command: Command = async ({ dir, options, args }) => {
  const name = podNameOf(args);
  if (name === undefined) {
    console.error(whyUsage);
    if (args.length > 0) console.error(`kedge why is for one pod, not for ${args.join(' ').slice(0, 80)}.`);
    return 2;
  }
  const path = kubeconfigOf({ dir, kubeconfig: options.kubeconfig, env: process.env });
  const namespace = options.namespace ?? namespaceIn(path);
  const api = createApi(accessOf(path));
  try {
    const pod = await api.call('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`);
    const answer = await api.call('POST', SIMULATE, { pods: [{ namespace, name }], explain: true });
    const [placement = { fits: false }] = answer.placements;
    const asJson = options.json !== undefined || options.output === 'json';
    if (asJson)
      console.log(
        JSON.stringify({ pod: { metadata: pod.metadata, spec: { nodeName: pod.spec.nodeName }, status: pod.status }, placement }, null, 2),
      );
    else console.log(whyText(pod, placement, { nodes: options.nodes !== undefined, nowMs: Date.now() }));
    return pod.spec.nodeName ? 0 : 3;
  } finally {
    await api.close();
  }
};
