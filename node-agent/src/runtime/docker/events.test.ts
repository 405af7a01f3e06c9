import { expect, it } from 'vitest';
import type { Engine } from './engine.ts';
import { readEvents } from './events.ts';

/** An engine that has not answered yet when its caller leaves. */
const silent = {
  stream: (_method: string, _path: string, { signal }: { signal: AbortSignal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
} as unknown as Engine;

it('ends with its signal before the engine has answered', async () => {
  const stop = new AbortController();
  const next = readEvents(silent, 'cluster', 0, stop.signal).next();
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

it('tells what the engine refuses', async () => {
  const refusing = { stream: async () => Promise.reject(new Error('no')) } as unknown as Engine;
  await expect(readEvents(refusing, 'cluster', 0, new AbortController().signal).next()).rejects.toThrow('no');
});
