/**
 * Self-fencing: keeps the promises of this node (promises.ts) on disk, renews them with every answered heartbeat, tells the pod workers what may run and what
 * must end, and has a watchdog beside the agent while there is anything to watch. Neighbours: client/ sends the heartbeats, pods/ starts and stops.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Pod } from '#schema/core/pod.ts';
import { failoverOf } from '#schema/core/pod-failover.ts';
import { PING_INTERVAL_MS } from '#schema/sync/protocol.ts';
import type { Clock, Logger } from '../context.ts';
import { type Heartbeat, SILENCE_MS } from './heartbeat.ts';
import { readPromises, writePromises } from './promise-file.ts';
import { disown, expire, forget, type Moment, mayRun, nextDueMs, type Promises, promise, renew, shortestMs, takeOver } from './promises.ts';
import type { WatchdogSettings } from './watchdog.ts';

/** What a pod's promise means for its containers now. */
export type Standing =
  /** Nothing was promised about it. */
  | { readonly state: 'free' }
  /** Promised, but not known to be heard: no container may be started yet. */
  | { readonly state: 'held' }
  | { readonly state: 'running' }
  | {
      readonly state: 'fenced';
      /** Of each stop; 0: by force, and all at once. */
      readonly graceSeconds: number;
      /** No other one can run any more. */
      readonly ended: boolean;
      readonly why: string;
      /** When this changes by itself. */
      readonly lookAgainInMs?: number;
    };

export interface Fencing {
  readonly heartbeat: Heartbeat;
  /** Makes the promise a pod asks for. `hasContainers`: some were found on this machine. */
  standing(pod: Pod, hasContainers: boolean): Standing;
  /** Forgets promises about every pod but these. */
  keepOnly(uids: ReadonlySet<string>): void;
  /** Called when the standing of any pod may have changed. */
  onChange(listener: () => void): void;
  /** Watches until `signal` aborts; the watchdog goes on. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FencingOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly now: () => Moment;
  readonly boot: string;
  /** What the watchdog is started with; absent: there is none. */
  readonly watchdog?: { readonly program: string; readonly clusterUid: string; readonly dockerHost?: string | undefined };
}

/** How often the time is looked at while a promise is open. Short: timers stand still while the machine is suspended. */
const LOOK_MS = 1_000;
const SHARE_OF_INTERVAL = 4;

/** First argument of the agent's program: be the watchdog, with the settings that follow. */
export const WATCHDOG = 'watchdog';

/** For Node.js. */
export const watchdogArgs = (program: string, settings: WatchdogSettings): readonly string[] => [
  '--disable-warning=ExperimentalWarning',
  program,
  WATCHDOG,
  JSON.stringify(settings),
];

export const createFencing = (options: FencingOptions): Fencing => {
  const { dir, clock, log, now } = options;
  const keeper = randomUUID();
  const listeners = new Set<() => void>();
  let promises: Promises = takeOver(readPromises(dir)?.promises, options.boot, now());
  let watching = false;
  let wake = new AbortController();
  let isRunning = false;

  const isEmpty = (): boolean => Object.keys(promises.pods).length === 0;

  const watchdog = (): void => {
    if (!options.watchdog || watching || !isRunning || isEmpty()) return;
    watching = true;
    const { program, clusterUid, dockerHost } = options.watchdog;
    const settings: WatchdogSettings = { dir, keeper, agentPid: process.pid, clusterUid, dockerHost };
    const child = spawn(process.execPath, watchdogArgs(program, settings), { detached: true, stdio: 'ignore' });
    child.on('error', (error) => log.error('the watchdog could not be started', { error: String(error) }));
    child.on('exit', () => {
      watching = false;
      void clock.sleep(LOOK_MS).then(watchdog);
    });
    child.unref();
  };

  /** Keeps a new state. What was promised is on disk before anybody acts on it. */
  const set = (next: Promises): void => {
    if (next === promises) return;
    const before = promises;
    promises = next;
    if (!isEmpty() || Object.keys(before.pods).length > 0) writePromises(dir, { format: 1, keeper, promises });
    for (const [uid, { fenced }] of Object.entries(next.pods)) {
      if (fenced && !before.pods[uid]?.fenced) log.warn('a pod is fenced', { uid, why: fenced.why });
    }
    watchdog();
    if (next.pods !== before.pods || next.acknowledged === undefined || !before.acknowledged) changed();
  };

  const changed = (): void => {
    wake.abort();
    for (const listener of listeners) listener();
  };

  const heartbeat: Heartbeat = {
    isNeeded: () => shortestMs(promises) !== undefined,
    intervalMs: () => Math.min(PING_INTERVAL_MS, (shortestMs(promises) ?? Number.POSITIVE_INFINITY) / SHARE_OF_INTERVAL),
    silenceMs: () => Math.min(SILENCE_MS, (shortestMs(promises) ?? Number.POSITIVE_INFINITY) / 2),
    moment: now,
    answered: (sent) => {
      const waited = Object.values(promises.pods).some(({ since }) => since.steadyMs > (promises.acknowledged?.steadyMs ?? -1));
      set(renew(promises, sent, now()));
      if (waited) changed();
    },
    beat: undefined,
  };

  return {
    heartbeat,
    standing: (pod, hasContainers) => {
      const uid = pod.metadata.uid!;
      const failover = failoverOf(pod);
      if (!failover && !promises.pods[uid]) return { state: 'free' };
      const at = now();
      if (failover && !promises.pods[uid]) {
        const { afterMs, graceMs } = failover;
        const isNew = pod.metadata.deletionTimestamp === undefined && !isOver(pod);
        if (failover.promised) set(disown(promises, uid, { afterMs, graceMs }, at));
        else if (isNew || hasContainers) {
          set(promise(promises, uid, { afterMs, graceMs }, at));
          heartbeat.beat?.();
        } else return { state: 'free' };
      }
      set(expire(promises, at));
      const { fenced } = promises.pods[uid]!;
      if (!fenced) return failover?.promised && mayRun(promises, uid, at) ? { state: 'running' } : { state: 'held' };
      const next = [fenced.killAtMs, fenced.endedAtMs].filter((atMs) => atMs > at.steadyMs);
      return {
        state: 'fenced',
        graceSeconds: fenced.killAtMs > at.steadyMs ? Math.ceil((fenced.killAtMs - fenced.atMs) / 1000) : 0,
        ended: fenced.endedAtMs <= at.steadyMs,
        why: fenced.why,
        ...(next.length > 0 ? { lookAgainInMs: Math.min(...next) - at.steadyMs } : {}),
      };
    },
    keepOnly: (uids) => {
      let next = promises;
      for (const uid of Object.keys(promises.pods)) if (!uids.has(uid)) next = forget(next, uid);
      set(next);
    },
    onChange: (listener) => void listeners.add(listener),
    run: async (signal) => {
      isRunning = true;
      if (!isEmpty()) writePromises(dir, { format: 1, keeper, promises });
      watchdog();
      while (!signal.aborted) {
        wake = new AbortController();
        set(expire(promises, now()));
        const dueMs = nextDueMs(promises, now());
        await clock.sleep(
          dueMs === undefined ? SILENCE_MS : Math.min(LOOK_MS, Math.max(dueMs, 10)),
          AbortSignal.any([signal, wake.signal]),
        );
      }
      isRunning = false;
    },
  };
};

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** No promises: for an agent, or a test, without failover. */
export const noFencing: Pick<Fencing, 'standing' | 'keepOnly' | 'onChange'> = {
  standing: () => ({ state: 'free' }),
  keepOnly: () => undefined,
  onChange: () => undefined,
};
