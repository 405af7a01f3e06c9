/** A client that follows a watch while the control plane comes and goes. */
import { expect } from 'vitest';
import type { WorkerdPlane } from './plane.ts';

export interface Followed {
  /** Names, in their order. */
  readonly added: string[];
  /** How far it is, for a test that waits in vain. */
  state(): string;
  /** Fails when an event came twice or was lost for good. */
  readonly ended: Promise<void>;
}

const ANSWER_MS = 60_000;

/** Follows from a revision on over every break, as an informer does; it must never have to list again, and no revision may come twice. */
export const follow = (plane: Pick<WorkerdPlane, 'fetch'>, path: string, from: string, signal: AbortSignal): Followed => {
  const added: string[] = [];
  let revision = from;
  let opened = 0;
  let failed = 'none';
  const once = async (): Promise<void> => {
    opened++;
    // as any client: a request that nobody answers is made again
    const unanswered = new AbortController();
    const timer = setTimeout(() => unanswered.abort(new Error('no answer')), ANSWER_MS);
    const response = await plane
      .fetch(`${path}?watch=true&resourceVersion=${revision}`, { signal: AbortSignal.any([signal, unanswered.signal]) })
      .finally(() => clearTimeout(timer));
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines.filter((text) => text.trim() !== '')) {
        const { type, object } = JSON.parse(line);
        if (type === 'ERROR') {
          expect(object.code).not.toBe(410);
          return;
        }
        expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(Number(revision));
        revision = object.metadata.resourceVersion;
        if (type === 'ADDED') added.push(object.metadata.name);
      }
    }
  };
  const ended = (async () => {
    while (!signal.aborted) {
      await once().catch((error: Error) => {
        failed = error.message;
        if (error.name === 'AssertionError') throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const state = (): string => `${added.length} added, at ${revision}, opened ${opened} times, last failure: ${failed}`;
  return { added, state, ended };
};
