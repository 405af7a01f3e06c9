/**
 * The contract of the Store port, run by every implementation. What one cannot do it declares by capabilities, which stand in the suite's title; everything
 * else holds for all. Real things only: real files, a real server.
 */
import { afterEach, describe } from 'vitest';
import { dumpContract } from './contract/dump.ts';
import { durabilityContract } from './contract/durability.ts';
import { fencingContract } from './contract/fencing.ts';
import { guardContract } from './contract/guards.ts';
import { historyContract } from './contract/history.ts';
import { incarnationContract } from './contract/incarnation.ts';
import { networkContract } from './contract/network.ts';
import type { Capabilities, Open, OpenedStore } from './contract/open.ts';
import { quotaContract } from './contract/quota.ts';
import { readContract } from './contract/reads.ts';
import { sealedRowsContract } from './contract/sealed-rows.ts';
import { versionsContract } from './contract/versions.ts';
import { writeContract } from './contract/writes.ts';

export type { Capabilities, Open, OpenedStore } from './contract/open.ts';

export function describeStore(name: string, open: Open, capabilities: Capabilities): void {
  const { durable, network } = capabilities;
  describe(`${name} is a Store (${durable ? 'durable' : 'not durable'}, ${network ? 'over a network' : 'no network'})`, () => {
    const opened: OpenedStore[] = [];
    const openOne: Open = async () => {
      const one = await open();
      opened.push(one);
      return one;
    };
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    describe('writes', () => writeContract(openOne));
    describe('guards', () => guardContract(openOne));
    describe('reads', () => readContract(openOne));
    describe('history', () => historyContract(openOne));
    describe('the loop', () => fencingContract(openOne));
    if (durable) describe('quotas', () => quotaContract(openOne));
    if (durable) describe('versions', () => versionsContract(openOne));
    if (durable) describe('dumps', () => dumpContract(openOne));
    if (durable) describe('sealed rows', () => sealedRowsContract(openOne));
    if (durable) describe('incarnations', () => incarnationContract(openOne));
    if (durable) describe('durability', () => durabilityContract(openOne));
    if (network) describe('network', () => networkContract(openOne));
  });
}
