import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertOwnMachine as assertOwn, claimMachine as claim, claimedNetworks } from './claim.ts';
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

it('tells the networks of every cluster that runs on the machine, and of none that is gone', () => {
  const memories = join(scratch, 'memories');
  mkdirSync(memories);
  const start = (name: string, number: number): ClusterFolder => {
    const folder = folderWithCluster(name);
    writeFileSync(folder.identity, JSON.stringify({ podCIDR: `10.${number}.0.0/16`, serviceCIDR: `10.${number + 64}.0.0/16` }));
    claim(identity, folder, join(memories, `kedge-${name}`));
    return folder;
  };
  start('one', 70);
  start('two', 71);
  rmSync(start('gone', 72).root, { recursive: true });
  mkdirSync(join(memories, 'of-others'));
  writeFileSync(start('damaged', 73).identity, '{');
  expect(claimedNetworks('', memories).sort()).toEqual(['10.134.0.0/16', '10.135.0.0/16', '10.70.0.0/16', '10.71.0.0/16']);
  expect(claimedNetworks(join(scratch, 'one'), memories).sort()).toEqual(['10.135.0.0/16', '10.71.0.0/16']);
  expect(claimedNetworks('', join(scratch, 'nowhere'))).toEqual([]);
});
