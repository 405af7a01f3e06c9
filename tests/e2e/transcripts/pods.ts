/** One running pod: `logs`, `describe` with events, `events`, `top`, `debug`, nodes (`taint`, `cordon`, `drain`), and the streams: `exec`, `cp`, `attach`, `port-forward`. */
import type { Mask } from '../../harness/masks.ts';
import { waitFor } from '../../harness/process.ts';
import type { Session, Theme } from './session.ts';

const pod = (name: string, app: string, command: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${app} } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: busybox:1.36
    command: [sh, -c, '${command}']
`;

const talker = (app: string) => pod('talker', app, 'echo first; echo second; echo third; exec sleep 3600');

const machine: readonly Mask[] = [
  [/docker:\/\/sha256:\S+|(?:docker-pullable:\/\/)?[\w./:]+@sha256:\S+/g, '<image id>'],
  [/ +Normal +Pulling .*\n/g, ''],
  [/(?:Successfully pulled|Container) image ("\S+") (?:in .*|already present on machine)$/gm, '<pulled or present> $1'],
  [/\b\d+m( +)\d+Mi\b/g, '<cpu>$1<memory>'],
  [/\b\d+m( +)\d+%( +)\d+Mi( +)\d+%/g, '<cpu>$1<%>$2<memory>$3<%>'],
  [/(node-debugger-\S+)-[a-z0-9]{5}\b/g, '$1-<suffix>'],
];

const begin = async ({ file, quietly, namespace }: Session) => {
  file('talker.yaml', talker(namespace));
  await quietly('create -f talker.yaml');
  await quietly('wait --for=condition=Ready pod/talker --timeout=120s');
  // Ready says that it runs, not that it has spoken
  await waitFor('its last word', async () => (await quietly('logs talker')).includes('third'));
};

export const pods: Theme = {
  name: 'pods',
  masks: machine,
  play: async (session) => {
    const { run, each, until, quietly, cluster, file } = session;
    await begin(session);
    await until('/api/v1/namespaces/pods/events', ({ items }) =>
      ['Scheduled', 'Pulled', 'Created', 'Started'].every((wanted) => items.some(({ reason }: { reason: string }) => reason === wanted)),
    );
    await each(
      'get pods',
      'get pods -o wide',
      'get pods --field-selector status.phase=Running -o name',
      'get pods --field-selector status.phase!=Running',
      `get pods --field-selector spec.nodeName=${cluster.nodeName} -o name`,
      'describe pod talker',
      'events --types=Normal --no-headers --for pod/talker',
      'events --types=Warning',
      'get events --field-selector involvedObject.name=talker,reason=Started -o custom-columns=REASON:.reason,MESSAGE:.message,SOURCE:.source.component',
      'logs talker',
      'logs talker --tail=1',
      'logs talker -c main --limit-bytes=6',
      'logs -l app=pods --prefix',
      'logs pod/talker --all-containers',
      'logs talker --previous',
      'logs talker -c none',
      'logs none',
      'logs -l app=none',
      'logs deployment/none',
      'get pod talker -o jsonpath={.status.phase}',
    );
    await run('debug talker --image=busybox:1.36 --container=look -- true');
    await run('get pod talker -o jsonpath={.spec.ephemeralContainers[*].name}');
    await run('debug talker --image=busybox:1.36 --copy-to=twin --container=main -- sleep 3600');
    await run('debug none --image=busybox:1.36 -- true');
    const { nodeName } = cluster;
    await run(`debug node/${nodeName} --image=busybox:1.36 --profile=general -- true`);
    await run(`taint node ${nodeName} busy=yes:NoSchedule`);
    await run(`taint node ${nodeName} busy=yes:NoSchedule`);
    await run(`taint node ${nodeName} busy=no:NoSchedule --overwrite`);
    await run(`taint node ${nodeName} busy:NoSchedule-`);
    await run(`taint node ${nodeName} busy:NoSchedule-`);
    await run(`taint node ${nodeName} odd`);
    await run('taint node none busy=yes:NoSchedule');
    await run(`cordon ${nodeName}`);
    await run(`cordon ${nodeName}`);
    await run('get nodes');
    await run(`label node ${nodeName} disk=fast`);
    file(
      'budget.yaml',
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: keep }\nspec: { minAvailable: 1, selector: { matchLabels: { app: pods } } }\n',
    );
    await run('create -f budget.yaml');
    await until('/apis/policy/v1/namespaces/pods/poddisruptionbudgets/keep', ({ status }) => status.currentHealthy === 1);
    await quietly('delete pods --field-selector metadata.name!=talker --now');
    await run(`drain ${nodeName} --pod-selector=app=pods`);
    file('eviction.json', '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"talker"}}');
    await run('create --raw /api/v1/namespaces/pods/pods/talker/eviction -f eviction.json');
    await quietly('delete pdb keep');
    await run(`drain ${nodeName} --force --pod-selector=app=pods --grace-period=0`);
    await run('get pods');
    await run(`uncordon ${nodeName}`);
    await run(`uncordon ${nodeName}`);
    await run('cordon none');
    await run('drain none');
  },
};

/** `exec` and the like stream as kubectl does since 1.30; the plain commands around them stand in `pods`. */
export const streams: Theme = {
  name: 'streams',
  versions: ['v35', 'v31'],
  masks: machine,
  play: async (session) => {
    const { run, each, start, note, file, quietly } = session;
    await begin(session);
    file('local.txt', 'carried\n');
    await each(
      'exec talker -- echo hello',
      'exec talker -- sh -c false',
      ['exec', 'talker', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'],
      'exec talker -c none -- true',
      'exec none -- true',
      'exec deployment/none -- true',
    );
    await run('exec -i talker -- cat', { input: 'through\n', as: 'kubectl exec -i talker -- cat # through' });
    await run('cp local.txt talker:/tmp/carried.txt');
    await run('exec talker -- cat /tmp/carried.txt');
    await run('cp talker:tmp/carried.txt back.txt');
    await run('cp local.txt none:/tmp/x');
    const followed = start('logs -f talker --tail=1');
    await followed.waitForOutput(/third/);
    note('kubectl logs -f talker --tail=1', { stdout: (await followed.stop('SIGINT')).stdout });
    await run('run asked --image=busybox:1.36 --restart=Never --rm -i --command -- cat', {
      input: 'asked\n',
      as: 'kubectl run asked --image=busybox:1.36 --restart=Never --rm -i --command -- cat # asked',
    });
    await quietly([
      'run',
      'served',
      '--image=busybox:1.36',
      '--command',
      '--',
      'sh',
      '-c',
      'mkdir /www; echo page > /www/index.html; exec httpd -f -p 8000 -h /www',
    ]);
    await quietly('wait --for=condition=Ready pod/served --timeout=120s');
    // Ready says that it runs, not that it listens
    await waitFor('the page', () => quietly('exec served -- wget -qO- http://127.0.0.1:8000/'));
    const forward = start('port-forward pod/served :8000');
    await forward.waitForOutput(/Forwarding from 127\.0\.0\.1:\d+ /);
    const port = /127\.0\.0\.1:(\d+)/.exec(forward.stdout())?.[1];
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    const { stdout } = await forward.stop('SIGINT');
    const said = stdout
      .split('\n')
      .filter((line) => line.includes('127.0.0.1'))
      .join('\n');
    note('kubectl port-forward pod/served :8000', { stdout: `${said.replaceAll(port as string, '<port>')}\n${page}` });
    await run('port-forward pod/none 8000');
    await quietly('delete pod served --now');
  },
};

/** After `streams`, whose pod is measured by then. */
export const top: Theme = {
  name: 'top',
  masks: machine,
  play: async ({ each, until }) => {
    await until('/apis/metrics.k8s.io/v1beta1/namespaces/streams/pods', ({ items }) =>
      items.some(({ metadata }: { metadata: { name: string } }) => metadata.name === 'talker'),
    );
    await until('/apis/metrics.k8s.io/v1beta1/nodes', ({ items }) => items.length === 1);
    await each(
      'top pod talker -n streams',
      'top pod -n streams --containers -l app=streams --no-headers',
      'top pod none',
      'top pod',
      'top node',
      'top node none',
    );
  },
};
