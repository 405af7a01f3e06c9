/** `docker logs` as bytes, stdout and stderr in the order they were written. */
import type { LogOptions } from '../runtime.ts';
import type { Engine } from './engine.ts';
import { readFrames } from './frames.ts';
import type { Inspection } from './records.ts';

export async function* readLogs(engine: Engine, id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { Config: config } = await engine.call<Inspection>('GET', `/containers/${id}/json`, { signal });
  const response = await engine.stream('GET', `/containers/${id}/logs`, {
    query: {
      stdout: true,
      stderr: true,
      follow: options.follow,
      timestamps: options.timestamps,
      tail: options.tailLines ?? 'all',
      since: options.sinceSeconds === undefined ? undefined : options.sinceSeconds.toFixed(9),
    },
    signal,
  });
  try {
    for await (const frame of readFrames(response, config.Tty)) yield frame.data;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response.destroy();
  }
}
