/** For tests of this folder: a view held in memory, a sink that remembers, a network that does nothing, pods with the API server's defaults. */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type Report, type ViewKey, viewKey } from '#schema/sync/protocol.ts';
import type { ApiClient, Clock, Logger, PodNetwork, ReportSink, ViewStore } from '../context.ts';

export class MemoryView implements ViewStore {
  incarnation = 'i1';
  revision = 1;
  complete = true;
  retained: ViewKey[] = [];
  readonly #objects = new Map<ViewKey, KubeObject>();
  readonly #listeners = new Set<(changed: ReadonlySet<ViewKey>) => void>();

  get<T extends KubeObject>(key: ViewKey): T | undefined {
    return this.#objects.get(key) as T | undefined;
  }
  list<T extends KubeObject>(resource: string): readonly T[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object as T);
  }
  onChange(listener: (changed: ReadonlySet<ViewKey>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  put(resource: string, object: KubeObject): void {
    this.change({ put: [[viewKey(resource, object.metadata.namespace, object.metadata.name!), object]] });
  }
  remove(resource: string, namespace: string, name: string): void {
    this.change({ remove: [viewKey(resource, namespace, name)] });
  }
  change(delta: { put?: [ViewKey, KubeObject][]; remove?: ViewKey[] }): void {
    this.revision++;
    for (const [key, object] of delta.put ?? []) this.#objects.set(key, object);
    for (const key of delta.remove ?? []) this.#objects.delete(key);
    const changed = new Set([...(delta.put ?? []).map(([key]) => key), ...(delta.remove ?? [])]);
    for (const listener of this.#listeners) listener(changed);
  }
}

type PodStatusReport = Extract<Report, { kind: 'podStatus' }>;

/** Remembers every report; `until` waits for what comes. */
export class MemorySink implements ReportSink {
  readonly reports: Omit<Report, 'id'>[] = [];
  readonly #waiters = new Set<() => void>();

  send(report: Omit<Report, 'id'>): void {
    this.reports.push(report);
    for (const waiter of this.#waiters) waiter();
  }
  /** Resolves with the first report, old or new, that fits. */
  async until<R>(find: (reports: readonly Omit<Report, 'id'>[]) => R | undefined | false): Promise<R> {
    for (;;) {
      const found = find(this.reports);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const waiter = () => {
          this.#waiters.delete(waiter);
          resolve();
        };
        this.#waiters.add(waiter);
      });
    }
  }
  status(uid: string): Pod['status'] {
    const mine = (this.reports as Report[]).filter(
      (report): report is PodStatusReport => report.kind === 'podStatus' && report.uid === uid,
    );
    return mine.at(-1)?.status as Pod['status'];
  }
  events(): string[] {
    return (this.reports as Report[]).flatMap((report) => (report.kind === 'event' ? [`${report.reason} ${report.message}`] : []));
  }
}

export const quietLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export const noApi: ApiClient = { request: async () => new Response('{"message":"no API in this test"}', { status: 503 }) };

export const noNetwork = (dockerNetwork = 'bridge'): PodNetwork & { drained: string[] } => {
  const drained: string[] = [];
  return {
    dockerNetwork,
    drained,
    resolvConf: () => 'nameserver 10.96.0.10\nsearch default.svc.cluster.local\n',
    drain: async (pod) => void drained.push(pod.metadata.name!),
    problems: [],
  };
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** Time moves only when it is told to. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();
  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }
  now(): number {
    return this.#now;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }
  /** Moves on and lets everything that became due run to its next wait. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#sleepers].filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets pending promises and file operations come to rest. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => setImmediate(resolve));
};

export const podOf = (
  name: string,
  spec: Partial<Pod['spec']> & Pick<Pod['spec'], 'containers'>,
  metadata: Partial<Pod['metadata']> = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, generation: 1, ...metadata },
  spec: { nodeName: 'n1', restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
});
