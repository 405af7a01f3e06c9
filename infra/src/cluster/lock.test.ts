import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startChild } from './child.ts';
import { clusterFolder } from './folder.ts';
import { lockFolder } from './lock.ts';

it('lets one process have the folder, until that process ends, however it ends', async () => {
  const root = mkdtempSync(join(tmpdir(), 'kedge-lock-'));
  try {
    const folder = clusterFolder(root);
    const holder = await startChild({
      name: 'holder',
      command: process.execPath,
      args: [
        '--input-type=module',
        '-e',
        `import { lockFolder } from ${JSON.stringify(new URL('lock.ts', import.meta.url).href)};
         import { clusterFolder } from ${JSON.stringify(new URL('folder.ts', import.meta.url).href)};
         lockFolder(clusterFolder(${JSON.stringify(root)}));
         console.log('{"ready":true}');
         setInterval(() => {}, 1000);`,
      ],
      logFile: join(root, 'log'),
      cwd: root,
      env: process.env,
      readyTimeoutMs: 60_000,
    });
    expect(() => lockFolder(folder)).toThrow('is in use by another Kedge');
    process.kill(holder.pid, 'SIGKILL');
    await holder.ended;
    const unlock = lockFolder(folder);
    unlock();
    lockFolder(folder)();
  } finally {
    rmSync(root, { recursive: true });
  }
});
