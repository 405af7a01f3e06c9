/** Bytes between a person and a container: logs, exec, attach, cp, run -it, port-forward; with a new kubectl and an old one, which use other protocols. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import type { RunningKubectl } from '../harness/kubectl.ts';
import type { KubectlVersion } from '../harness/kubectl-binary.ts';
import { waitFor } from '../harness/process.ts';
import { createTranscript, expectTranscript } from '../harness/transcript.ts';
import { type Platform, platforms } from './platforms.ts';
import { bulkBytes, forwardedBytes, heldMiB, rawKubectl, readBulk, stopped, writeBulk } from './stopped-peers.ts';

const versions: readonly KubectlVersion[] = ['v35', 'v31'];

const busyboxPod = (name: string, script: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - { name: main, image: busybox, imagePullPolicy: IfNotPresent, stdin: true, command: [sh, -c, ${JSON.stringify(script)}] }
`;

/** Local ports by the ports they stand for, once kubectl listens on all of them. */
const forwardedPorts = async (forward: RunningKubectl, count: number): Promise<Map<number, number>> => {
  const lines = () => [...forward.stdout().matchAll(/Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)/g)];
  await waitFor('the forwarded ports', () => lines().length === count);
  return new Map(lines().map(([, local, remote]) => [Number(remote), Number(local)]));
};

/** Sends all, then half-closes, and reads until the other side ends. */
const echo = (port: number, bytes: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const back: Buffer[] = [];
    socket.on('data', (chunk) => back.push(chunk));
    socket.once('end', () => resolve(Buffer.concat(back)));
    socket.once('error', reject);
    socket.end(bytes);
  });

/** What comes back until the connection ends, in order or not: it may be gone before all was said. */
const answerOf = (port: number, question: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve(answer));
    socket.end(question);
  });

const suite = (platform: Platform) => {
  let cluster: TestCluster;
  const ready = (pod: string) => cluster.ok(`wait --for=condition=Ready pod/${pod} --timeout=120s`);

  /** A pod is Ready before its programs listen. */
  const listens = () =>
    waitFor('the server to listen', async () => {
      const sockets = await cluster.ok('exec server -- netstat -ltn');
      return /:80 /.test(sockets) && /:7 /.test(sockets);
    });

  /** Pages and an echo on 80, an echo on 7, nothing on 9. */
  const startServer = async () => {
    if ((await cluster.kubectl('get pod server')).code === 0) return listens();
    const answer = `printf 'Content-Type: application/octet-stream\\r\\n\\r\\n'; exec cat`;
    const echoes = `(echo '#!/bin/sh'; echo "${answer}") > /www/cgi-bin/echo; chmod +x /www/cgi-bin/echo`;
    const script =
      `mkdir -p /www/cgi-bin; ${echoes}; ` +
      'echo served > /www/index.html; dd if=/dev/zero of=/www/big bs=1024 count=1024 2>/dev/null; nc -ll -p 7 -e cat & exec httpd -f -p 80 -h /www';
    await cluster.ok('create -f -', { input: busyboxPod('server', script) });
    await ready('server');
    await listens();
  };

  beforeAll(async () => {
    cluster = await startCluster({ name: 'streams', platform });
    const pods = [
      busyboxPod('shell', 'sleep 100000'),
      busyboxPod('talker', 'for i in 1 2 3 4 5; do echo line $i; done; exec sleep 100000'),
      // On its own: the engine does not order the two streams of one container.
      busyboxPod('groaner', 'echo problem >&2; exec sleep 100000'),
      busyboxPod(
        'crasher',
        'if [ -e /proc/self ]; then echo life of $HOSTNAME; fi; while [ ! -e /go ]; do usleep 20000; done; echo the end; exit 3',
      ),
    ];
    await cluster.ok('create -f -', { input: pods.join('---\n') });
    for (const pod of ['shell', 'talker', 'groaner', 'crasher']) await ready(pod);
  });
  afterAll(() => cluster?.stop());

  describe.each(versions)('kubectl %s', (version) => {
    const begin = () => createTranscript(cluster.kubectl, { masks: cluster.masks, version });

    it('reads logs', async () => {
      await waitFor(
        'what was said',
        async () => (await cluster.ok('logs talker')).includes('line 5') && (await cluster.ok('logs groaner')) !== '',
      );
      const session = begin();
      await session.run('logs talker');
      await session.run('logs groaner');
      await session.run('logs talker --tail=2 --limit-bytes=7');
      await session.run('logs talker --tail=0');
      await session.run('logs talker -c other');
      await session.run('logs missing');
      await session.run('logs talker --previous');
      expectTranscript('logs', session, version);
      const stamped = await cluster.ok('logs talker --timestamps', { version });
      expect(stamped.trim().split('\n')).toHaveLength(5);
      for (const line of stamped.trim().split('\n')) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line \d$/);
      expect(await cluster.ok('logs talker --since-time=2100-01-01T00:00:00Z', { version })).toBe('');
    });

    it('follows logs', async () => {
      const pod = `writer-${version}`;
      await cluster.ok('create -f -', {
        input: busyboxPod(pod, 'echo first; while [ ! -e /go ]; do usleep 20000; done; echo last; exec sleep 100000'),
      });
      await ready(pod);
      const following = cluster.startKubectl(`logs -f ${pod}`, { version });
      await following.waitForOutput(/^first\n$/);
      await cluster.ok(`exec ${pod} -- touch /go`, { version });
      await following.waitForOutput(/^first\nlast\n$/);
      await cluster.ok(`delete pod ${pod} --now`, { version });
      expect(await following.ended).toMatchObject({ stdout: 'first\nlast\n', code: 0 });
    });

    it('runs commands with their exit codes', async () => {
      const session = begin();
      await session.run('exec shell -- echo hello');
      await session.run(['exec', 'shell', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
      await session.run('exec missing -- true');
      await session.run('exec shell -c other -- true');
      await session.run('exec -i shell -- cat', { input: 'to and fro\n' });
      await session.run(['exec', '-i', 'shell', '--', 'sh', '-c', 'wc -l; exit 4'], { input: 'a\nb\n' });
      expectTranscript('exec', session, version);
      // The words are the engine's, and engines differ between 126 and 127.
      const missing = await cluster.kubectl('exec shell -- nosuchprogram', { version });
      expect(`${missing.stdout}${missing.stderr}`).toContain('executable file not found in $PATH');
      expect([126, 127]).toContain(missing.code);
    });

    it('carries a megabyte both ways unchanged', async () => {
      const text = randomBytes(524_288).toString('hex');
      const { stdout, code } = await cluster.kubectl('exec -i shell -- cat', { version, input: text });
      expect([code, stdout.length, stdout === text]).toEqual([0, text.length, true]);
    });

    it('gives a terminal', async () => {
      const typed = cluster.startKubectl('exec -it shell -- sh', { version, tty: true });
      await typed.waitForOutput(/# /);
      typed.write('tty; echo answer $((6*7))\r');
      await typed.waitForOutput(/\/dev\/pts\/\d+\r\nanswer 42/);
      typed.write('exit 5\r');
      expect((await typed.ended).code).toBe(5);
    });

    it('copies files in and out', async () => {
      const bytes = randomBytes(300_000);
      const here = join(cluster.folder.root, 'there.bin');
      writeFileSync(here, bytes);
      await cluster.ok(['cp', here, `shell:/tmp/${version}.bin`], { version });
      const sum = createHash('sha256').update(bytes).digest('hex');
      expect(await cluster.ok(`exec shell -- sha256sum /tmp/${version}.bin`, { version })).toContain(sum);
      const back = join(cluster.folder.root, 'back.bin');
      await cluster.ok(['cp', `shell:/tmp/${version}.bin`, back], { version });
      expect(readFileSync(back).equals(bytes)).toBe(true);
    });

    it('runs a pod of its own for a session, and takes it away', async () => {
      const pod = `visit-${version}`;
      const visit = cluster.startKubectl(`run -it --rm ${pod} --image=busybox --restart=Never -- sh`, { version, tty: true });
      await visit.waitForOutput(/# /);
      visit.write('echo sum $((20+3))\r');
      await visit.waitForOutput(/sum 23/);
      visit.write('exit\r');
      const { stdout, code } = await visit.ended;
      expect([code, stdout]).toEqual([0, expect.stringContaining(`pod "${pod}" deleted`)]);
      // kubectl does not wait for that
      await waitFor('the pod to go', async () => (await cluster.kubectl(`get pod ${pod}`)).code === 1);
    });

    it('attaches to what runs', async () => {
      const pod = `parrot-${version}`;
      await cluster.ok('create -f -', {
        input: busyboxPod(pod, 'while read word; do echo heard $word; done; echo silence; exec sleep 100000'),
      });
      await ready(pod);
      const attached = cluster.startKubectl(`attach -i ${pod}`, { version });
      attached.write('ahoy\n');
      await attached.waitForOutput(/heard ahoy\n/);
      await attached.stop('SIGINT');
      await cluster.ok(`delete pod ${pod} --now`);
    });
  });

  describe.each(versions)('kubectl %s', (version) => {
    it('forwards ports: requests one after the other and side by side, large bodies both ways, an error by its name', async () => {
      await startServer();
      const forward = cluster.startKubectl('port-forward pod/server :80 :7 :9', { version });
      const local = await forwardedPorts(forward, 3);
      const page = await fetch(`http://127.0.0.1:${local.get(80)}/`);
      expect([page.status, await page.text()]).toEqual([200, 'served\n']);
      const many = await Promise.all(
        Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${local.get(80)}/big`).then((r) => r.arrayBuffer())),
      );
      expect(many.map((body) => body.byteLength)).toEqual(Array(20).fill(1_048_576));
      const bytes = randomBytes(3_000_000);
      expect((await echo(local.get(7)!, bytes)).equals(bytes)).toBe(true);
      // nothing listens there: the connection ends, kubectl says why, and the others go on
      expect(await answerOf(local.get(9)!, 'anybody?')).toBe('');
      await forward.waitForOutput(/error forwarding port 9 to pod server: connection refused/);
      await forward.stop('SIGINT');
    });
  });

  describe('with an end that stands still', () => {
    const long = 900_000;
    // garbage of what passed weighs more than what is held: memory tells something where it would have to hold much more than that
    const boundMiB = bulkBytes < 256 * 1_048_576 ? Number.POSITIVE_INFINITY : platform === 'workerd' ? 32 : 96;
    const whileStopped = async (what: string, progress: () => number, began: number, bytes = bulkBytes): Promise<void> => {
      const at = await stopped(progress);
      const grown = Math.round(heldMiB(cluster) - began);
      const mib = bytes / 1_048_576;
      if (process.env.KEDGE_STREAM_MIB) console.log(`${platform}: ${what}: grown by ${grown} MiB, ${at >> 20} of ${mib} MiB on the way`);
      // who writes was stopped: the rest waits at its end
      expect(at, `what was written, with the control plane grown by ${grown} MiB`).toBeLessThan(bytes);
      expect(grown).toBeLessThan(boundMiB);
    };

    // what a control plane needs for many bytes at all, it has taken afterwards
    it('carries all bytes both ways through a command', { timeout: long }, async () => {
      const child = rawKubectl(cluster, ['exec', '-i', 'shell', '--', 'cat']);
      const bytes = process.env.KEDGE_STREAM_MIB ? bulkBytes : 16 * 1_048_576;
      const writer = writeBulk(child.stdin, bytes);
      expect(await readBulk(child.stdout)).toEqual({ bytes, sha256: await writer.sha256 });
    });

    it('carries all bytes out of a container, its client stopped on the way', { timeout: long }, async () => {
      const make = `dd if=/dev/urandom of=/tmp/big bs=65536 count=${bulkBytes / 65_536} 2>/dev/null; sha256sum /tmp/big`;
      const [sha256] = (await cluster.ok(['exec', 'shell', '--', 'sh', '-c', make], { timeoutMs: long })).split(' ');
      const began = heldMiB(cluster);
      const child = rawKubectl(cluster, ['exec', 'shell', '--', 'cat', '/tmp/big']);
      await once(child.stdout, 'readable');
      child.kill('SIGSTOP');
      // by lumps: it says other things too
      const ofAgent = () => Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${cluster.agentPid()}/io`, 'utf8'))?.[1]);
      const before = ofAgent();
      await whileStopped('exec with a stopped client', () => (ofAgent() - before) & ~0xfffff, began);
      child.kill('SIGCONT');
      expect(await readBulk(child.stdout)).toEqual({ bytes: bulkBytes, sha256 });
    });

    it('carries all bytes into a container that begins to read late', { timeout: long }, async () => {
      const late = 'while [ ! -e /tmp/go ]; do usleep 20000; done; rm /tmp/go; sha256sum';
      const child = rawKubectl(cluster, ['exec', '-i', 'shell', '--', 'sh', '-c', late]);
      const began = heldMiB(cluster);
      const writer = writeBulk(child.stdin);
      await whileStopped('exec with a container that does not read', writer.written, began);
      // another stream meanwhile
      await cluster.ok('exec shell -- touch /tmp/go');
      child.stdout.setEncoding('utf8');
      let said = '';
      for await (const text of child.stdout) said += text;
      expect(said.split(' ')[0]).toBe(await writer.sha256);
    });

    it('carries all bytes both ways through a forwarded port whose client does not read', { timeout: long }, async () => {
      await startServer();
      const forward = cluster.startKubectl('port-forward pod/server :7');
      const port = (await forwardedPorts(forward, 1)).get(7)!;
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      await once(socket, 'connect');
      const began = heldMiB(cluster);
      const bytes = forwardedBytes;
      const writer = writeBulk(socket, bytes);
      await whileStopped('port-forward with a client that does not read', writer.written, began, bytes);
      if (!process.env.KEDGE_STREAM_MIB) writer.enough();
      const back = await readBulk(socket);
      expect(back).toEqual({ bytes: writer.written(), sha256: await writer.sha256 });
      await forward.stop('SIGINT');
    });
  });

  it('reads logs of many: all containers, init containers, by label, followed side by side', async () => {
    const pod = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: many } }
spec:
  terminationGracePeriodSeconds: 0
  initContainers:
  - { name: before, image: busybox, imagePullPolicy: IfNotPresent, command: [echo, '${name} prepares'] }
  containers:
  - { name: one, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, 'echo ${name} one; exec sleep 100000'] }
  - { name: two, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, 'echo ${name} two; exec sleep 100000'] }
`;
    await cluster.ok('create -f -', { input: ['m1', 'm2'].map(pod).join('---\n') });
    for (const name of ['m1', 'm2']) await ready(name);
    const said = async (args: string) => (await cluster.ok(args)).trim().split('\n').sort();
    for (const name of ['m1', 'm2'])
      await waitFor(`what ${name} says`, async () => (await said(`logs ${name} --all-containers`)).length === 3);
    expect(await said('logs m1 --all-containers')).toEqual(['m1 one', 'm1 prepares', 'm1 two']);
    expect(await said('logs m1 -c before')).toEqual(['m1 prepares']);
    expect(await said('logs -l app=many --all-containers --prefix --since=1h')).toHaveLength(6);
    expect(await said('logs m1 -c one --since-time=2020-01-01T00:00:00Z --limit-bytes=4')).toEqual(['m1 o']);
    const following = cluster.startKubectl('logs -f -l app=many --all-containers --max-log-requests=8');
    // all six are asked for before their pods go
    for (const line of ['m1', 'm2'].flatMap((name) => [`${name} one`, `${name} two`, `${name} prepares`]))
      await following.waitForOutput(new RegExp(`^${line}$`, 'm'));
    await cluster.ok('delete pod -l app=many --now');
    expect((await following.ended).code).toBe(0);
  });

  it('answers HTTP through the API: pods and services by proxy', async () => {
    await startServer();
    await cluster.ok('create -f -', {
      input: `{ apiVersion: v1, kind: Service, metadata: { name: server }, spec: { selector: { role: server }, ports: [{ name: web, port: 8000, targetPort: 80 }] } }`,
    });
    await cluster.ok('label pod server role=server --overwrite');
    const get = (path: string) => cluster.kubectl(['get', '--raw', `/api/v1/namespaces/default/${path}`]);
    expect(await get('pods/server:80/proxy/')).toMatchObject({ code: 0, stdout: 'served\n' });
    expect((await get('pods/server:80/proxy/big')).stdout).toHaveLength(1_048_576);
    await waitFor('the service to have its endpoint', async () => (await get('services/server:web/proxy/')).code === 0);
    await waitFor('the same by its number', async () => (await get('services/server:8000/proxy/index.html')).stdout === 'served\n');
    const body = randomBytes(4 * 1_048_576);
    const echoed = await cluster.fetch('/api/v1/namespaces/default/pods/server:80/proxy/cgi-bin/echo', { method: 'POST', body });
    expect(Buffer.from(await echoed.arrayBuffer()).equals(body)).toBe(true);
    expect((await get('pods/server:80/proxy/missing')).stderr).toContain('the server could not find the requested resource');
    // kubectl asks for ten seconds again
    const closed = await cluster.fetch('/api/v1/namespaces/default/pods/server:9/proxy/');
    expect([closed.status, await closed.text()]).toEqual([
      503,
      expect.stringMatching(/error trying to reach pod .*default\/server.*ECONNREFUSED/),
    ]);
    expect((await get('services/other/proxy/')).stderr).toContain('services "other" not found');
  });

  it('shows the logs of the life before', async () => {
    // whatever its exit code: the container may end, and kill the command, before that has ended by itself
    await cluster.kubectl('exec crasher -- touch /go');
    await waitFor(
      'the restart',
      async () => (await cluster.ok('get pod crasher -o jsonpath={.status.containerStatuses[0].restartCount}')) !== '0',
    );
    expect(await cluster.ok('logs crasher --previous')).toBe('life of crasher\nthe end\n');
    const last = await cluster.ok('get pod crasher -o jsonpath={.status.containerStatuses[0].lastState.terminated}');
    expect(JSON.parse(last)).toMatchObject({ exitCode: 3, reason: 'Error' });
  });
};

for (const platform of platforms) describe(`on ${platform}`, () => suite(platform));
