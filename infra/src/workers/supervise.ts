/**
 * Wrangler, kept running: started again when it ends, and when its Worker gives no answer any more. State is on disk and in the database, so a start loses
 * nothing; sockets break and their owners dial again. One at a time: the next starts when all processes of the last have ended.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createHealth } from './health.ts';
import { endWorkerd, recordWorkerd } from './leftovers.ts';
import { descendants, startWrangler, type Wrangler, type WranglerOptions, workerdsBelow } from './wrangler.ts';

export interface SuperviseOptions extends WranglerOptions {
  /** Of the cluster's data; holds the record of processes. */
  readonly dataDir: string;
  /** For the person who watches. */
  readonly progress: (line: string) => void;
  /** Ends even the first start. */
  readonly signal: AbortSignal;
}

export interface Supervised {
  /** Fires the cron trigger. @throws Error when the Worker did not take it */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

const startMs = 90_000;
const lookMs = 1_000;
/** Processes that came and were not noted yet are not found when wrangler is killed the hard way. */
const noteMs = 250;
const longestPauseMs = 15_000;

const pause = (ms: number, signal: AbortSignal): Promise<undefined> => delay(ms, undefined, { signal }).catch(() => undefined);

/** Resolves when the Worker answers for the first time. @throws Error when it does not */
export const superviseWrangler = async ({ dataDir, progress, signal: given, ...options }: SuperviseOptions): Promise<Supervised> => {
  const stopping = new AbortController();
  const signal = AbortSignal.any([given, stopping.signal]);
  let running: number | undefined;
  let noted = '';
  /** Wrangler starts another workerd when a source file changes or workerd dies. */
  const note = (): void => {
    if (running === undefined) return;
    const below = descendants(running);
    // a wrangler that has just died has none below it any more: the record must go on naming those it left behind
    if (below.length === 0 && noted.startsWith(`${running},`)) return;
    const pids = [running, ...below];
    if (String(pids) === noted) return;
    noted = String(pids);
    recordWorkerd(dataDir, pids);
  };
  const start = (): Promise<Wrangler> =>
    startWrangler(options, {
      ...{ timeoutMs: startMs, signal },
      spawned: (pid) => {
        running = pid;
        note();
      },
    });

  /** Resolves with the reason to start another one, or when it is to stop. */
  const failure = async ({ pid, ended, answers }: Wrangler): Promise<string | undefined> => {
    const judge = createHealth();
    const over = ended.then((how) => `wrangler ${how}`);
    for (;;) {
      const answered = await Promise.race([answers(), over]);
      if (typeof answered === 'string') return answered;
      const processes = process.platform === 'linux' ? workerdsBelow(pid).length : undefined;
      const why = judge({ nowMs: performance.now(), answered, processes });
      if (why) return why;
      const ending = await Promise.race([pause(lookMs, signal), over]);
      if (ending || signal.aborted) return ending;
    }
  };

  const keep = async (first: Wrangler): Promise<void> => {
    let current: Wrangler | undefined = first;
    let pauseMs = 0;
    for (;;) {
      const why = current ? await failure(current) : 'it did not start';
      if (!signal.aborted) progress(`wrangler is started again: ${why}`);
      answering = undefined;
      await current?.stop();
      running = undefined;
      await endWorkerd(dataDir);
      await pause(pauseMs, signal);
      if (signal.aborted) return;
      try {
        current = await start();
        answering = current;
        pauseMs = 0;
        progress('the Worker answers again');
      } catch (error) {
        current = undefined;
        progress((error as Error).message);
        pauseMs = Math.min(pauseMs * 2 + 1_000, longestPauseMs);
      }
    }
  };

  const noting = setInterval(note, noteMs);
  let answering: Wrangler | undefined;
  try {
    answering = await start();
  } catch (error) {
    clearInterval(noting);
    await endWorkerd(dataDir);
    throw error;
  }
  const kept = keep(answering);
  return {
    tick: async () => {
      if (!answering) throw new Error('the Worker is being started again');
      await answering.tick();
    },
    stop: async () => {
      stopping.abort();
      clearInterval(noting);
      await kept;
    },
  };
};
