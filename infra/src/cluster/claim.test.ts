import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertOwnMachine as assertOwn, claimMachine as claim } from './claim.ts';
import { type ClusterFolder, clusterFolder } from './folder.ts';

let scratch: string;
const identity = { clusterUid: randomUUID(), nodeName: 'n1' };
const assertOwnMachine = (folder: ClusterFolder) => assertOwn(identity, folder, join(scratch, 'memory'));
const claimMachine = (folder: ClusterFolder) => claim(identity, folder, join(scratch, 'memory'));
const folderWithCluster = (name: string): ClusterFolder => {
  const folder = clusterFolder(join(scratch, name));
  mkdirSync(folder.root);
  writeFileSync(folder.identity, '{}');
  return folder;
};

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kedge-claim-'));
});
afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

it('leaves the containers of a cluster to the folder that runs it', () => {
  const [running, copy] = [folderWithCluster('running'), folderWithCluster('copy')];
  assertOwnMachine(copy);
  claimMachine(running);
  assertOwnMachine(running);
  expect(() => assertOwnMachine(copy)).toThrow(`kedge down --dir ${running.root}`);
  claimMachine(copy);
  assertOwnMachine(copy);
  expect(() => assertOwnMachine(running)).toThrow('left alone');
});

it('does not wait for a folder that is gone', () => {
  const [running, copy] = [folderWithCluster('running'), folderWithCluster('copy')];
  claimMachine(running);
  rmSync(running.root, { recursive: true });
  expect(() => assertOwnMachine(copy)).not.toThrow();
});
