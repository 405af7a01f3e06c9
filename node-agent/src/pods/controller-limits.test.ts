/** What a pod uses too much of. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { app, ready, startAgent } from './controller-fixture.ts';
import { podOf } from './fixtures.ts';

it('evicts a pod whose volume outgrew its limit', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }], containers: [app()] }));
  await agent.until('uid-web', ready);
  const path = join(agent.dir, 'pods', 'uid-web', 'volumes', 'kubernetes.io~empty-dir', 'cache', 'big');
  await writeFile(path, new Uint8Array(512 * 1024).fill(1));
  await agent.clock.advance(10_000);
  expect(agent.sink.status('uid-web')!.phase).toBe('Running');
  await writeFile(path, new Uint8Array(2 * 1024 * 1024).fill(1));
  // Files are read in real time, beside the agent.clock.
  while (agent.sink.status('uid-web')!.phase !== 'Failed') await agent.clock.advance(10_000);
  const message = 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ';
  expect(agent.sink.status('uid-web')).toMatchObject({ reason: 'Evicted', message });
  expect(agent.sink.events().filter((event) => event.startsWith('Evicted'))).toEqual([`Evicted ${message}`]);
});
