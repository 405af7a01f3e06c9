/** What JavaScript holds in workerd, by the inspector: other than resident memory it does not depend on when garbage is collected. */

import { fetch } from 'undici';
import WebSocket from 'ws';
import type { WorkerdPlane } from './plane.ts';

/** One command of the inspector protocol after the other; resolves with the answer to the last one. */
const inspect = async (address: string, methods: readonly string[]): Promise<any> => {
  const socket = new WebSocket(address);
  try {
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    let result: unknown;
    for (const [index, method] of methods.entries()) {
      result = await new Promise((resolve, reject) => {
        socket.on('message', (data) => {
          const { id, result: found, error } = JSON.parse(String(data));
          if (id !== index + 1) return;
          if (error) reject(new Error(`${method}: ${error.message}`));
          else resolve(found);
        });
        socket.once('close', () => reject(new Error(`${method}: the inspector went away`)));
        socket.send(JSON.stringify({ id: index + 1, method }));
      });
    }
    return result;
  } finally {
    socket.close();
  }
};

/** After a forced collection: objects, and the bytes of buffers. */
export const heldBytes = async (
  plane: Pick<WorkerdPlane, 'inspectorPort'>,
): Promise<{ readonly objects: number; readonly buffers: number }> => {
  const found = (await (await fetch(`http://127.0.0.1:${plane.inspectorPort()}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const { usedSize, backingStorageSize } = await inspect(found[0]!.webSocketDebuggerUrl, [
    'Runtime.enable',
    'HeapProfiler.enable',
    'HeapProfiler.collectGarbage',
    'HeapProfiler.collectGarbage',
    'Runtime.getHeapUsage',
  ]);
  return { objects: usedSize, buffers: backingStorageSize ?? 0 };
};
