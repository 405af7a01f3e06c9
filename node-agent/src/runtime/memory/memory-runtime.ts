/**
 * A ContainerRuntime that keeps everything in memory and runs on an injected clock, for tests of what stands above the port. Passes the same contract suite
 * as the Docker one. Tests can end containers, restart the engine, and make one call fail.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../context.ts';
import {
  type ContainerRuntime,
  type ContainerSizes,
  type ContainerSpec,
  type ContainerStatusRecord,
  type ContainerUsage,
  type ExecSession,
  ImagePullError,
  type LogOptions,
  type RuntimeEvent,
  type SandboxSpec,
  type SandboxStatus,
} from '../runtime.ts';
import { parseScript } from './script.ts';

interface MemoryContainer {
  readonly spec: ContainerSpec;
  record: ContainerStatusRecord;
  readonly log: { readonly atMs: number; readonly text: string }[];
  readonly changed: Set<() => void>;
  readonly ended: AbortController;
}

type Verb =
  | 'runSandbox'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'resizeContainer'
  | 'pullImage'
  | 'listPods';

const encoder = new TextEncoder();

const sizesOf = ({ oomScoreAdj: _, ...sizes }: ContainerSpec['resources']): ContainerSizes => sizes;

export class MemoryRuntime implements ContainerRuntime {
  readonly images = new Map<string, { id: string; user: string; command: readonly string[] }>();
  /** Images that a pull brings. */
  readonly registry = new Set<string>();
  /** Every verb that changed something, in order: `createContainer app/0`. */
  readonly journal: string[] = [];
  readonly #clock: Clock;
  readonly #clusterUid: string;
  readonly #sandboxes = new Map<string, SandboxStatus>();
  readonly #containers = new Map<string, MemoryContainer>();
  readonly #listeners = new Set<(event: RuntimeEvent | Error) => void>();
  readonly #failures = new Map<Verb, Error[]>();
  #addresses = 1;

  constructor(options: { readonly clock: Clock; readonly clusterUid: string; readonly images?: readonly string[] }) {
    this.#clock = options.clock;
    this.#clusterUid = options.clusterUid;
    for (const image of options.images ?? []) this.addImage(image);
  }

  addImage(name: string, options: { user?: string; command?: readonly string[] } = {}): void {
    this.images.set(name, { id: `sha256:${name}`, user: options.user ?? '', command: options.command ?? ['serve'] });
  }

  /** The next call of the verb throws. */
  failNext(verb: Verb, error: Error): void {
    this.#failures.set(verb, [...(this.#failures.get(verb) ?? []), error]);
  }

  /** Ends a running container as if its process had exited. */
  exit(id: string, code: number, options: { readonly oomKilled?: boolean } = {}): void {
    const container = this.#containers.get(id);
    if (container?.record.state !== 'running') return;
    container.record = {
      ...container.record,
      state: 'exited',
      exitCode: code,
      finishedAtMs: this.#clock.now(),
      oomKilled: options.oomKilled ?? false,
    };
    container.ended.abort();
    this.#notify(container);
    this.#emit({ type: 'exited', podUid: container.spec.uid, containerId: id });
  }

  /** The engine goes away and comes back: everything has exited, and the event streams broke. */
  restartEngine(): void {
    for (const listener of this.#listeners) listener(new Error('the engine went away'));
    this.#listeners.clear();
    for (const [id, sandbox] of this.#sandboxes) this.#sandboxes.set(id, { ...sandbox, ready: false, ip: '' });
    for (const id of this.#containers.keys()) this.exit(id, 137);
  }

  #call(verb: Verb, what: string): void {
    const error = this.#failures.get(verb)?.shift();
    if (error) throw error;
    this.journal.push(`${verb} ${what}`);
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #notify(container: MemoryContainer): void {
    for (const listener of container.changed) listener();
  }

  async info() {
    return {
      version: 'memory://1',
      cpus: 4,
      memoryBytes: 8 * 1024 ** 3,
      os: 'linux',
      osImage: 'memory',
      kernelVersion: '6.1.0',
      architecture: 'amd64',
      imageFolder: '/',
    };
  }

  async runSandbox(spec: SandboxSpec, _signal: AbortSignal, onCreated?: (id: string) => void): Promise<SandboxStatus> {
    const { clusterUid, namespace, name, uid, attempt, incarnation } = spec;
    this.#call('runSandbox', `${name}/${attempt}`);
    const old = [...this.#sandboxes.values()].find((one) => one.uid === uid && one.attempt === attempt);
    const ip = old?.ip || (spec.hostNetwork ? '' : `10.64.0.${++this.#addresses}`);
    const sandbox = {
      clusterUid,
      namespace,
      name,
      uid,
      attempt,
      id: old?.id ?? randomUUID(),
      ready: true,
      ip,
      createdAtMs: this.#clock.now(),
      incarnation,
    };
    onCreated?.(sandbox.id);
    this.#sandboxes.set(sandbox.id, sandbox);
    return sandbox;
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    this.#sandboxes.delete(id);
    this.#emit({ type: 'sandboxStopped', podUid: sandbox.uid, containerId: id });
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    this.#call('createContainer', `${spec.container}/${spec.attempt}`);
    const same = ({ spec: other }: MemoryContainer) =>
      other.uid === spec.uid && other.container === spec.container && other.attempt === spec.attempt;
    const existing = [...this.#containers.values()].find(same);
    if (existing) return existing.record.id;
    const image = this.images.get(spec.image);
    if (!image) throw new Error(`No such image: ${spec.image}`);
    const { clusterUid, namespace, name, uid, sandboxId, container, attempt, specHash } = spec;
    const id = randomUUID();
    this.#containers.set(id, {
      spec,
      record: {
        ...{ clusterUid, namespace, name, uid, id, sandboxId, container, attempt, specHash },
        state: 'created',
        image: spec.image,
        imageId: image.id,
        createdAtMs: this.#clock.now(),
        sizes: sizesOf(spec.resources),
        oomKilled: false,
      },
      log: [],
      changed: new Set(),
      ended: new AbortController(),
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) throw new Error(`No such container: ${id}`);
    if (container.record.state === 'running') return;
    this.#call('startContainer', `${container.spec.container}/${container.spec.attempt}`);
    const { spec } = container;
    const command = spec.command ? [...spec.command, ...(spec.args ?? [])] : [...(this.images.get(spec.image)?.command ?? [])];
    const steps = parseScript(command);
    if (steps[0]?.verb === 'fail') {
      const error = `exec: "${steps[0].argument}": executable file not found in $PATH`;
      container.record = { ...container.record, state: 'exited', exitCode: 127, error, finishedAtMs: this.#clock.now() };
      throw new Error(error);
    }
    container.record = { ...container.record, state: 'running', startedAtMs: this.#clock.now() };
    this.#emit({ type: 'started', podUid: spec.uid, containerId: id });
    void this.#run(container, steps);
  }

  async #run(container: MemoryContainer, steps: ReturnType<typeof parseScript>): Promise<void> {
    const { signal } = container.ended;
    let code = 0;
    for (const { verb, argument } of steps) {
      if (signal.aborted) return;
      if (verb === 'echo') {
        container.log.push({ atMs: this.#clock.now(), text: `${argument}\n` });
        this.#notify(container);
      } else if (verb === 'sleep') await this.#clock.sleep(Number(argument) * 1000, signal);
      else if (verb === 'serve' || verb === 'cat') return;
      else {
        code = verb === 'exit' ? Number(argument) : 127;
        break;
      }
    }
    // A process that ends at once still ends after its start was answered.
    await Promise.resolve();
    if (!signal.aborted) this.exit(container.record.id, code);
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const container = this.#containers.get(id);
    if (container?.record.state !== 'running') return;
    this.#call('stopContainer', `${container.spec.container}/${container.spec.attempt} ${timeoutSeconds}`);
    // `stubborn` in its environment: the process does not end on SIGTERM.
    if (container.spec.env.STUBBORN) await this.#clock.sleep(timeoutSeconds * 1000, container.ended.signal);
    this.exit(id, container.spec.env.STUBBORN ? 137 : 143);
  }

  async resizeContainer(id: string, sizes: ContainerSizes): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) throw new Error(`No such container: ${id}`);
    this.#call('resizeContainer', `${container.spec.container}/${container.spec.attempt} ${JSON.stringify(sizes)}`);
    container.record = { ...container.record, sizes: { ...container.record.sizes, ...sizes } };
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    this.#call('removeContainer', `${container.spec.container}/${container.spec.attempt}`);
    this.exit(id, 137);
    this.#containers.delete(id);
    this.#emit({ type: 'removed', podUid: container.spec.uid, containerId: id });
  }

  async listPods() {
    this.#call('listPods', '');
    const own = <T extends { readonly clusterUid: string }>(one: T): boolean => one.clusterUid === this.#clusterUid;
    return {
      sandboxes: [...this.#sandboxes.values()].filter(own),
      containers: [...this.#containers.values()].map(({ record }) => record).filter(own),
    };
  }

  async inspectContainer(id: string): Promise<ContainerStatusRecord | undefined> {
    return this.#containers.get(id)?.record;
  }

  /** A running container uses a tenth of a processor and 1 MiB. */
  async usage(ids: readonly string[]): Promise<ReadonlyMap<string, ContainerUsage>> {
    const found = new Map<string, ContainerUsage>();
    for (const id of ids) {
      const record = this.#containers.get(id)?.record;
      if (record?.state !== 'running') continue;
      const ms = this.#clock.now() - (record.startedAtMs ?? 0);
      found.set(id, { cpuNanoseconds: ms * 100_000, memoryBytes: 1024 ** 2 });
    }
    return found;
  }

  async sandboxPid(): Promise<undefined> {
    return undefined;
  }

  async exec(id: string, options: { readonly command: readonly string[] }): Promise<ExecSession> {
    if (this.#containers.get(id)?.record.state !== 'running') throw new Error(`container ${id} is not running`);
    return this.#session(parseScript(options.command));
  }

  async attach(id: string): Promise<ExecSession> {
    const container = this.#containers.get(id);
    if (container?.record.state !== 'running') throw new Error(`container ${id} is not running`);
    return this.#session([]);
  }

  #session(steps: ReturnType<typeof parseScript>): ExecSession {
    const input: Uint8Array[] = [];
    const closed = Promise.withResolvers<void>();
    const clock = this.#clock;
    const end = Promise.withResolvers<number>();
    const stop = new AbortController();
    async function* output() {
      let code = 0;
      for (const { verb, argument } of steps) {
        if (stop.signal.aborted) break;
        if (verb === 'echo') yield { stream: 'stdout' as const, data: encoder.encode(`${argument}\n`) };
        else if (verb === 'sleep') await clock.sleep(Number(argument) * 1000, stop.signal);
        else if (verb === 'cat') {
          await closed.promise;
          for (const data of input) yield { stream: 'stdout' as const, data };
        } else {
          code = verb === 'exit' ? Number(argument) : 127;
          break;
        }
      }
      end.resolve(stop.signal.aborted ? 137 : code);
    }
    return {
      stdin: { write: async (chunk) => void input.push(chunk), end: () => closed.resolve() },
      output: output(),
      resize: async () => {},
      wait: () => end.promise,
      abort: () => {
        stop.abort();
        closed.resolve();
      },
    };
  }

  async *logs(id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const container = this.#containers.get(id);
    if (!container) throw new Error(`No such container: ${id}`);
    const since = (options.sinceSeconds ?? 0) * 1000;
    let next = options.tailLines === undefined ? 0 : Math.max(0, container.log.length - options.tailLines);
    for (;;) {
      for (; next < container.log.length; next++) {
        const { atMs, text } = container.log[next]!;
        if (atMs >= since) yield encoder.encode(options.timestamps ? `${new Date(atMs).toISOString()} ${text}` : text);
      }
      if (!options.follow || signal.aborted || container.record.state !== 'running') return;
      await new Promise<void>((resolve) => {
        const wake = () => {
          container.changed.delete(wake);
          resolve();
        };
        container.changed.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  async hasImage(image: string) {
    const found = this.images.get(image);
    return found && { id: found.id, user: found.user, sizeBytes: 1 };
  }

  async pullImage(image: string): Promise<string> {
    this.#call('pullImage', image);
    if (/[A-Z ]/.test(image)) throw new ImagePullError('InvalidImageName', 'invalid reference format');
    if (!this.registry.has(image)) throw new ImagePullError('ErrImagePull', `manifest for ${image} not found: manifest unknown`);
    if (!this.images.has(image)) this.addImage(image);
    return this.images.get(image)!.id;
  }

  async removeImage(image: string): Promise<boolean> {
    const used = [...this.#containers.values()].some(({ spec }) => spec.image === image);
    if (!used) this.images.delete(image);
    return !used;
  }

  async listImages() {
    return [...this.images.keys()].map((name) => ({ names: [name], sizeBytes: 1 }));
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue: (RuntimeEvent | Error)[] = [];
    let wake = () => {};
    const listener = (event: RuntimeEvent | Error) => {
      queue.push(event);
      wake();
    };
    const listeners = this.#listeners;
    listeners.add(listener);
    const drain = async function* (): AsyncGenerator<RuntimeEvent> {
      try {
        while (!signal.aborted) {
          const event = queue.shift();
          if (event instanceof Error) throw event;
          if (event) yield event;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
              signal.addEventListener('abort', () => resolve(), { once: true });
            });
        }
      } finally {
        listeners.delete(listener);
      }
    };
    return drain();
  }
}
