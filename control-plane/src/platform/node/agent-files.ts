/** The agent's files of a folder, streamed. What is not there, or not yet, is undefined. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type AgentFiles, fileForm } from '../../joining/agent-files.ts';

export const agentFilesIn =
  (dir: string): AgentFiles =>
  async (name) => {
    if (!fileForm.test(name)) return undefined;
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    const body = Readable.toWeb(createReadStream(path)) as unknown as ReadableStream;
    return new Response(body, {
      headers: {
        'content-type': name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        'content-length': String(found.size),
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
      },
    });
  };
