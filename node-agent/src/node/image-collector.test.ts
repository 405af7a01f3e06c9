import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock, quietLog } from '../pods/fixtures.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { createImageCollector } from './image-collector.ts';

let dir: string;
let clock: ManualClock;
let runtime: MemoryRuntime;
let used: Set<string>;
let share: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-images-'));
  clock = new ManualClock();
  runtime = new MemoryRuntime({ clock, clusterUid: 'c', images: ['own:1', 'a:1', 'b:1', 'c:1'] });
  used = new Set();
  share = 0.9;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Each image takes a twentieth of the disk. */
const open = () =>
  createImageCollector({
    runtime,
    dir,
    clock,
    log: quietLog,
    inUse: () => used,
    usedShare: async () => share - (4 - runtime.images.size) * 0.05,
  });

const pullAll = async () => {
  const collector = open();
  for (const image of ['a:1', 'b:1', 'c:1']) {
    await collector.pulled(image);
    await clock.advance(1_000);
  }
  await clock.advance(120_000);
};

it('removes what it pulled and nobody uses, oldest first, until there is room', async () => {
  await pullAll();
  expect(await open().collect()).toEqual(['a:1', 'b:1']);
  expect([...runtime.images.keys()]).toEqual(['own:1', 'c:1']);
});

it('leaves alone what a pod names, what is new, and what the machine had', async () => {
  await pullAll();
  used.add('a:1');
  share = 2;
  const collector = open();
  await collector.pulled('c:1');
  expect(await collector.collect()).toEqual(['b:1']);
  expect([...runtime.images.keys()]).toEqual(['own:1', 'a:1', 'c:1']);
});

it('removes nothing while there is room, or where that cannot be seen', async () => {
  await pullAll();
  share = 0.84;
  expect(await open().collect()).toEqual([]);
  const blind = createImageCollector({ runtime, dir, clock, log: quietLog, inUse: () => used, usedShare: async () => undefined });
  expect(await blind.collect()).toEqual([]);
  expect(runtime.images.size).toBe(4);
});
