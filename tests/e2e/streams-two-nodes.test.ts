/**
 * Streams to two nodes at once, many side by side, and what ends them: an agent that stops or dies ends its own sessions and nobody else's, a control plane that
 * dies ends all of them; each says so, none hangs, and the next ones work. On workerd unless told otherwise.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chosenPlatform, startCluster, type TestCluster } from '../harness/cluster.ts';
import { type KubectlResult, type RunningKubectl, startKubectl } from '../harness/kubectl.ts';
import { waitFor } from '../harness/process.ts';
import { answersAgain, killTree, killWorkerd } from '../harness/workerd-cluster.ts';
import { type SecondNode, startSecondNode } from './second-node.ts';
import { rawKubectl, readBulk, writeBulk } from './stopped-peers.ts';

const platform = chosenPlatform ?? 'workerd';
const MIB = 1_048_576;

let cluster: TestCluster;
let second: SecondNode | undefined;

/** Echoes on port 7 and to who attaches. */
const pod = (name: string, nodeName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    nodeName,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'main',
        image: 'busybox',
        imagePullPolicy: 'IfNotPresent',
        stdin: true,
        command: ['sh', '-c', 'nc -ll -p 7 -e cat & while read word; do echo heard $word; done; exec sleep 100000'],
      },
    ],
  },
});

const pods = ['here', 'there'] as const;
type PodName = (typeof pods)[number];

beforeAll(async () => {
  cluster = await startCluster({ name: 'two-nodes', platform });
  second = await startSecondNode(cluster);
  const items = [pod('here', cluster.nodeName), pod('there', second.name)];
  await cluster.ok('create -f -', { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  await cluster.ok('wait --for=condition=Ready pod/here pod/there --timeout=120s');
  // Ready comes before the program in the pod listens
  for (const name of pods) await waitFor(`${name} to listen`, async () => /:7 /.test(await cluster.ok(`exec ${name} -- netstat -ltn`)));
});
afterAll(async () => {
  await second?.stop();
  await cluster?.stop();
});

/** An agent that has come back dials in a moment later. */
const reachable = (name: PodName) =>
  waitFor(`sessions on ${name}`, async () => (await cluster.kubectl(`exec ${name} -- true`)).code === 0, { timeoutMs: 120_000 });

const execCat = async (name: PodName): Promise<void> => {
  const child = rawKubectl(cluster, ['exec', '-i', name, '--', 'cat']);
  const writer = writeBulk(child.stdin, 2 * MIB);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const back = await readBulk(child.stdout);
  expect({ ...back, stderr }).toEqual({ bytes: 2 * MIB, sha256: await writer.sha256, stderr: '' });
};

const exitCode = async (name: PodName, code: number): Promise<void> => {
  const result = await cluster.kubectl(['exec', name, '--', 'sh', '-c', `echo out; echo err >&2; exit ${code}`]);
  expect(result).toMatchObject({ code, stdout: 'out\n', stderr: expect.stringContaining('err\n') });
};

const copy = async (name: PodName): Promise<void> => {
  const bytes = randomBytes(MIB);
  const file = (what: string) => join(cluster.folder.root, `${name}.${what}`);
  writeFileSync(file('out'), bytes);
  await cluster.ok(['cp', file('out'), `${name}:/tmp/copy`]);
  const sum = createHash('sha256').update(bytes).digest('hex');
  expect(await cluster.ok(`exec ${name} -- sha256sum /tmp/copy`)).toContain(sum);
  await cluster.ok(['cp', `${name}:/tmp/copy`, file('back')]);
  expect(readFileSync(file('back')).equals(bytes)).toBe(true);
};

const terminalSize = async (name: PodName): Promise<void> => {
  const prefix = ['sh', '-c', 'stty rows 33 cols 77; exec "$0" "$@"'];
  const home = cluster.folder.root;
  const typed = startKubectl(cluster.kubeconfig, ['exec', '-it', name, '--', 'sh'], { tty: true, prefix, home });
  await typed.waitForOutput(/# /);
  // the size comes after the terminal
  typed.write('until stty size | grep -q "^33 77$"; do usleep 50000; done; echo now $(stty size); exit 4\r');
  const { stdout, code } = await typed.ended;
  expect([code, stdout]).toEqual([4, expect.stringContaining('now 33 77')]);
};

const forwarded = async (name: PodName): Promise<{ readonly forward: RunningKubectl; readonly port: number }> => {
  const forward = cluster.startKubectl(`port-forward pod/${name} :7`);
  await forward.waitForOutput(/Forwarding from 127\.0\.0\.1:\d+/);
  return { forward, port: Number(/127\.0\.0\.1:(\d+)/.exec(forward.stdout())?.[1]) };
};

const connected = async (port: number) => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

const forwardedEchoes = async (name: PodName): Promise<void> => {
  const { forward, port } = await forwarded(name);
  const echo = async (): Promise<void> => {
    const socket = await connected(port);
    const writer = writeBulk(socket, MIB);
    expect(await readBulk(socket)).toEqual({ bytes: MIB, sha256: await writer.sha256 });
  };
  await Promise.all([echo(), echo(), echo()]);
  await forward.stop('SIGINT');
};

const attachedAndFollowed = async (name: PodName, word: string): Promise<void> => {
  const heard = new RegExp(`^heard ${word}$`, 'm');
  const following = [cluster.startKubectl(`logs -f ${name}`), cluster.startKubectl(`logs -f ${name}`)];
  const attached = cluster.startKubectl(`attach -i ${name}`);
  attached.write(`${word}\n`);
  for (const one of [attached, ...following]) await one.waitForOutput(heard);
  for (const one of [attached, ...following]) await one.stop('SIGINT');
};

it('carries exec, cp, attach, logs -f and port-forward to both nodes at the same time', async () => {
  const all = pods.flatMap((name) => [
    ...[execCat(name), execCat(name), exitCode(name, 3), copy(name), terminalSize(name)],
    ...[forwardedEchoes(name), attachedAndFollowed(name, 'ahoy')],
  ]);
  await Promise.all(all);
  // who attached has left, and the container runs on
  await Promise.all(pods.map((name) => attachedAndFollowed(name, 'again')));
  expect(await cluster.ok('get pods -o jsonpath={.items[*].status.containerStatuses[*].restartCount}')).toBe('0 0');
});

it('hangs up a terminal whose client is gone', async () => {
  const typed = cluster.startKubectl('exec -it there -- sh', { tty: true });
  await typed.waitForOutput(/# /);
  typed.write('sleep 4321\r');
  const runs = async (): Promise<boolean> => (await cluster.ok('exec there -- ps')).includes('sleep 4321');
  await waitFor('the command to run', runs);
  await killTree(typed.pid);
  await waitFor('the command to end', async () => !(await runs()));
});

interface Sessions {
  readonly exec: RunningKubectl;
  readonly logs: RunningKubectl;
  readonly forward: RunningKubectl;
  /** All of them carry something still. */
  alive(word: string): Promise<void>;
  /** How they ended. The connection of the forwarded port has ended too. */
  over(): Promise<Record<'exec' | 'logs' | 'forward', KubectlResult>>;
}

/** Sessions in mid-stream. */
const begin = async (name: PodName): Promise<Sessions> => {
  const exec = cluster.startKubectl(`exec -i ${name} -- cat`);
  const logs = cluster.startKubectl(`logs -f ${name}`);
  const { forward, port } = await forwarded(name);
  const socket = await connected(port);
  let echoed = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    echoed += text;
  });
  const closed = once(socket, 'end').catch(() => undefined);
  await logs.waitForOutput(/heard again/);
  const alive = async (word: string): Promise<void> => {
    exec.write(`${word}\n`);
    socket.write(`${word}\n`);
    await exec.waitForOutput(new RegExp(word));
    await waitFor(`${word} to come back`, () => echoed.includes(word));
  };
  await alive('begun');
  return {
    ...{ exec, logs, forward, alive },
    over: async () => {
      const [ofExec, ofLogs, ofForward] = await Promise.all([exec.ended, logs.ended, forward.ended]);
      await closed;
      return { exec: ofExec, logs: ofLogs, forward: ofForward };
    },
  };
};

const end = async ({ exec, logs, forward }: Sessions): Promise<void> => {
  for (const one of [exec, logs, forward]) await one.stop('SIGKILL');
};

it.each([
  ['stops', 'the agent stops', () => cluster.stopAgent()],
  ['dies', 'the other side went away', () => cluster.killAgent()],
])('an agent that %s ends its own sessions, with the reason; those of the other node go on', async (_, reason, stop) => {
  const [here, there] = await Promise.all([begin('here'), begin('there')]);
  await stop();
  const ended = await here.over();
  expect(ended).toMatchObject({
    exec: { code: 1, stderr: expect.stringContaining(reason) },
    logs: { code: 1, stderr: expect.stringContaining('unexpected EOF') },
    forward: { code: 1, stderr: expect.stringContaining('lost connection to pod') },
  });
  await there.alive('still there');
  await end(there);
  await cluster.startAgent();
  await reachable('here');
  await Promise.all([execCat('here'), forwardedEchoes('here'), exitCode('there', 5)]);
});

it('a control plane that dies ends all sessions, and the next ones work', async () => {
  const both = await Promise.all([begin('here'), begin('there')]);
  if (platform === 'workerd') await killWorkerd(cluster);
  else {
    await cluster.killControlPlane();
    await cluster.startControlPlane();
  }
  // a connection that had something unread is reset
  const broken = { code: 1, stderr: expect.stringMatching(/unexpected EOF|lost connection to pod|connection reset by peer/) };
  for (const sessions of both) expect(await sessions.over()).toMatchObject({ exec: broken, logs: broken, forward: broken });
  await answersAgain(cluster);
  for (const name of pods) await reachable(name);
  await Promise.all(pods.map((name) => execCat(name)));
});
