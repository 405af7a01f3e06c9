/**
 * What every ContainerRuntime must do, as one suite. An implementation is opened for a cluster uid of its own; `image` has `sh`, and understands the
 * scripts below.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContainerRuntime, type ContainerSpec, ImagePullError, type RuntimeEvent, type SandboxSpec } from './runtime.ts';

export interface RuntimeSubject {
  open(clusterUid: string): ContainerRuntime;
  readonly image: string;
  /** A container that stays, and ends soon on SIGTERM. */
  readonly serve: readonly string[];
}

const shell = (script: string): string[] => ['sh', '-c', script];
const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  let out = '';
  for await (const chunk of chunks) out += Buffer.from(chunk).toString();
  return out;
};

export const describeRuntime = (name: string, subject: RuntimeSubject): void => {
  describe(`ContainerRuntime: ${name}`, () => {
    let clusterUid: string;
    let runtime: ContainerRuntime;
    let stop: AbortController;
    let pod: Pick<SandboxSpec, 'clusterUid' | 'namespace' | 'name' | 'uid'>;

    beforeEach(() => {
      clusterUid = randomUUID();
      runtime = subject.open(clusterUid);
      stop = new AbortController();
      pod = { clusterUid, namespace: 'default', name: 'web', uid: randomUUID() };
    });

    afterEach(async () => {
      stop.abort();
      const { sandboxes, containers } = await runtime.listPods();
      await Promise.all(containers.map(({ id }) => runtime.removeContainer(id)));
      await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
      expect(await runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
    });

    const sandboxSpec = (change: Partial<SandboxSpec> = {}): SandboxSpec => ({
      ...pod,
      attempt: 0,
      hostname: 'web',
      hostNetwork: false,
      hostPID: false,
      hostIPC: false,
      shareProcessNamespace: false,
      sysctls: {},
      incarnation: 'i1',
      ports: [],
      ...change,
    });

    const containerSpec = (sandboxId: string, command: readonly string[], change: Partial<ContainerSpec> = {}): ContainerSpec => ({
      ...pod,
      sandboxId,
      container: 'app',
      attempt: 0,
      specHash: 'h',
      image: subject.image,
      command,
      env: {},
      mounts: [],
      tmpfs: [],
      resources: {},
      security: {
        groups: [],
        privileged: false,
        readOnlyRootFilesystem: false,
        addCapabilities: [],
        dropCapabilities: [],
        noNewPrivileges: false,
      },
      stdin: false,
      stdinOnce: false,
      tty: false,
      ...change,
    });

    const start = async (command: readonly string[], change: Partial<ContainerSpec> = {}): Promise<string> => {
      const sandbox = await runtime.runSandbox(sandboxSpec(), stop.signal);
      const id = await runtime.createContainer(containerSpec(sandbox.id, command, change), stop.signal);
      await runtime.startContainer(id);
      return id;
    };

    /** The event stream is asked before `act`; resolves with its first event of that kind. */
    const eventOf = async (type: RuntimeEvent['type'], act: () => Promise<unknown>): Promise<RuntimeEvent> => {
      const events = runtime.events(stop.signal)[Symbol.asyncIterator]();
      let next = events.next();
      await act();
      for (;;) {
        const { value } = await next;
        if (value?.type === type) return value;
        next = events.next();
      }
    };

    it('lists what it made, with the identity it was given', async () => {
      const id = await start(subject.serve, { attempt: 3 });
      const { sandboxes, containers } = await runtime.listPods();
      expect(sandboxes).toMatchObject([
        { ...pod, incarnation: 'i1', attempt: 0, ready: true, ip: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) },
      ]);
      expect(containers).toMatchObject([
        { ...pod, id, sandboxId: sandboxes[0]!.id, container: 'app', attempt: 3, specHash: 'h', state: 'running', image: subject.image },
      ]);
      expect(containers[0]!.startedAtMs).toBeGreaterThan(0);
    });

    it('says what a running container uses, and nothing of one that ended', async () => {
      const id = await start(subject.serve);
      const used = async () => (await runtime.usage([id, 'ffffffffffff'])).get(id)!;
      await expect.poll(async () => (await used()).memoryBytes, { timeout: 60_000 }).toBeGreaterThan(0);
      const { cpuNanoseconds } = await used();
      await expect.poll(async () => (await used()).cpuNanoseconds, { timeout: 60_000 }).toBeGreaterThan(cpuNanoseconds);
      await runtime.stopContainer(id, 30);
      expect((await runtime.usage([id])).size).toBe(0);
    });

    it('gives a running container other sizes, larger and smaller', async () => {
      const sizes = { cpuShares: 204, cpuQuotaMicros: 50_000, memoryLimitBytes: 64 * 1024 * 1024 };
      const id = await start(subject.serve, { resources: sizes });
      expect((await runtime.inspectContainer(id))!.sizes).toEqual(sizes);
      const larger = { cpuShares: 512, cpuQuotaMicros: 100_000, memoryLimitBytes: 256 * 1024 * 1024 };
      await runtime.resizeContainer(id, larger);
      expect((await runtime.listPods()).containers[0]).toMatchObject({ id, state: 'running', sizes: larger });
      await runtime.resizeContainer(id, { cpuShares: 102, memoryLimitBytes: 32 * 1024 * 1024 });
      expect((await runtime.inspectContainer(id))!.sizes).toEqual({
        cpuShares: 102,
        cpuQuotaMicros: 100_000,
        memoryLimitBytes: 32 * 1024 * 1024,
      });
      await expect(runtime.resizeContainer('ffffffffffff', { cpuShares: 102 })).rejects.toThrow(/no such container/i);
    });

    it('adopts a sandbox and a container that exist already', async () => {
      const first = await runtime.runSandbox(sandboxSpec(), stop.signal);
      const second = await runtime.runSandbox(sandboxSpec(), stop.signal);
      expect(second.id).toBe(first.id);
      const spec = containerSpec(first.id, subject.serve);
      const id = await runtime.createContainer(spec, stop.signal);
      expect(await runtime.createContainer(spec, stop.signal)).toBe(id);
      await runtime.startContainer(id);
      await runtime.startContainer(id);
      expect((await runtime.listPods()).containers).toHaveLength(1);
    });

    it('keeps clusters and pods apart', async () => {
      await start(subject.serve);
      expect(await subject.open(randomUUID()).listPods()).toEqual({ sandboxes: [], containers: [] });
      pod = { ...pod, uid: randomUUID() };
      await start(subject.serve);
      expect((await runtime.listPods()).containers).toHaveLength(2);
    });

    it('tells of an exit, with its code', async () => {
      let id = '';
      const event = await eventOf('exited', async () => {
        id = await start(shell('exit 3'));
      });
      expect(event).toEqual({ type: 'exited', podUid: pod.uid, containerId: id });
      expect(await runtime.inspectContainer(id)).toMatchObject({
        state: 'exited',
        exitCode: 3,
        finishedAtMs: expect.any(Number),
        oomKilled: false,
      });
    });

    it('says why a container does not start, and that it never will', async () => {
      await expect(start(['no-such-program'])).rejects.toThrow(/no-such-program/);
      const { containers } = await runtime.listPods();
      expect(containers).toMatchObject([{ state: 'exited', exitCode: 127, error: expect.stringContaining('no-such-program') }]);
    });

    it('stops gracefully, twice without harm, and forgets what was removed', async () => {
      const id = await start(subject.serve);
      await runtime.stopContainer(id, 30);
      await runtime.stopContainer(id, 30);
      expect(await runtime.inspectContainer(id)).toMatchObject({ state: 'exited' });
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      await runtime.stopContainer(id, 0);
      expect(await runtime.inspectContainer(id)).toBeUndefined();
    });

    it('removes a running container and a sandbox, and tells of it', async () => {
      const id = await start(subject.serve);
      const event = await eventOf('removed', () => runtime.removeContainer(id));
      expect(event.containerId).toBe(id);
      const [sandbox] = (await runtime.listPods()).sandboxes;
      const stopped = await eventOf('sandboxStopped', () => runtime.removeSandbox(sandbox!.id));
      expect(stopped).toMatchObject({ podUid: pod.uid, containerId: sandbox!.id });
      await runtime.removeSandbox(sandbox!.id);
    });

    it('gives the log whole, its tail, and follows it to the end', async () => {
      const id = await start(shell('echo one; echo two; sleep 0.3; echo three'));
      const followed = text(runtime.logs(id, { follow: true, timestamps: false }, stop.signal));
      expect(await followed).toBe('one\ntwo\nthree\n');
      expect(await text(runtime.logs(id, { follow: false, timestamps: false, tailLines: 1 }, stop.signal))).toBe('three\n');
      expect(await text(runtime.logs(id, { follow: false, timestamps: true, tailLines: 1 }, stop.signal))).toMatch(
        /^\d{4}-\d\d-\d\dT[\d:.]+Z three\n$/,
      );
    });

    it('ends a followed log when its reader goes', async () => {
      const id = await start(shell(`echo here; ${subject.serve.join(' ').replace(/^sh -c /, '')}`));
      const reader = new AbortController();
      let seen = '';
      for await (const chunk of runtime.logs(id, { follow: true, timestamps: false }, reader.signal)) {
        seen += Buffer.from(chunk).toString();
        reader.abort();
      }
      expect(seen).toBe('here\n');
    });

    it('runs a command in a container: output, input and exit code', async () => {
      const id = await start(subject.serve);
      const plain = await runtime.exec(id, { command: shell('echo hi; exit 4'), stdin: false, tty: false }, stop.signal);
      let out = '';
      for await (const { data } of plain.output) out += Buffer.from(data).toString();
      expect([out, await plain.wait()]).toEqual(['hi\n', 4]);

      const cat = await runtime.exec(id, { command: ['cat'], stdin: true, tty: false }, stop.signal);
      await cat.stdin.write(Buffer.from('typed'));
      cat.stdin.end();
      out = '';
      for await (const { data } of cat.output) out += Buffer.from(data).toString();
      expect([out, await cat.wait()]).toEqual(['typed', 0]);
    });

    it('knows its images and the reasons of a failed pull', async () => {
      expect(await runtime.hasImage(subject.image)).toMatchObject({
        id: expect.stringContaining('sha256:'),
        sizeBytes: expect.toSatisfy((bytes: number) => bytes > 0),
      });
      expect(await runtime.hasImage('localhost:1/no/such:image')).toBeUndefined();
      expect((await runtime.listImages()).flatMap(({ names }) => names)).toContain(subject.image);
      const pull = (image: string) => runtime.pullImage(image, undefined, stop.signal).catch((error: unknown) => error);
      expect(await pull('Not An Image')).toMatchObject({ reason: 'InvalidImageName' });
      expect(await pull('localhost:1/no/such:image')).toBeInstanceOf(ImagePullError);
    });

    it('ends the event stream with its signal', async () => {
      const ended = (async () => {
        for await (const _ of runtime.events(stop.signal));
        return 'ended';
      })();
      await runtime.info();
      stop.abort();
      expect(await ended).toBe('ended');
    });
  });
};
