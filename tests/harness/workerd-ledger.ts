/**
 * What the Docker Engine itself says it did for a cluster: every create, start and end of a container, by (pod uid, container, attempt). The proof that
 * whatever was killed meanwhile, nothing was made or started twice.
 */
import type { TestCluster } from './cluster.ts';

interface Entry {
  creates: number;
  starts: number;
}

export interface Ledger {
  /** Key: `<pod uid>/<container or sandbox>/<attempt>`. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Application containers started so far. */
  readonly started: number;
  /** Resolves when that many application containers have started. */
  reached(started: number, timeoutMs: number): Promise<void>;
  close(): void;
}

interface DockerEvent {
  readonly Action?: string;
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
}

export const openLedger = async (cluster: TestCluster): Promise<Ledger> => {
  const stream = (await cluster.docker.getEvents({
    filters: { type: ['container'], event: ['create', 'start'], label: [`kedge.dev/cluster=${cluster.identity.clusterUid}`] },
  })) as NodeJS.ReadableStream & { destroy(): void };
  const entries = new Map<string, Entry>();
  const waiting = new Set<() => void>();
  let started = 0;

  const take = ({ Action, Actor }: DockerEvent): void => {
    const labels = Actor?.Attributes ?? {};
    const role = labels['kedge.dev/role'] ?? '';
    if (role !== 'sandbox' && role !== 'container') return;
    const key = `${labels['kedge.dev/pod-uid']}/${labels['kedge.dev/container'] ?? role}/${labels['kedge.dev/attempt'] ?? '0'}`;
    const entry = entries.get(key) ?? { creates: 0, starts: 0 };
    entries.set(key, entry);
    if (Action === 'create') entry.creates++;
    else entry.starts++;
    if (Action === 'start' && role === 'container') started++;
    for (const look of waiting) look();
  };

  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) if (line.trim() !== '') take(JSON.parse(line) as DockerEvent);
  });
  stream.on('error', () => {});

  return {
    entries,
    get started() {
      return started;
    },
    reached: (count, timeoutMs) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error) => {
          clearTimeout(timer);
          waiting.delete(look);
          if (error) reject(error);
          else resolve();
        };
        const look = () => {
          if (started >= count) finish();
        };
        const timer = setTimeout(
          () => finish(new Error(`${started} of ${count} containers have started after ${timeoutMs} ms`)),
          timeoutMs,
        );
        waiting.add(look);
        look();
      }),
    close: () => stream.destroy(),
  };
};
