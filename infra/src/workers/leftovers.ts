/**
 * Which processes belong to a cluster's workerd, and their end. Wrangler killed the hard way leaves workerd behind, which goes on serving: the next start
 * and `down` find it in this record, by pid and start time.
 */
import { join } from 'node:path';
import { endProcess } from '../cluster/end-process.ts';
import { readJson, writePrivateJson } from '../cluster/folder.ts';
import { describeProcess, type RunningProcess } from '../cluster/lock.ts';

const recordIn = (dataDir: string): string => join(dataDir, 'workerd-processes.json');

export const recordWorkerd = (dataDir: string, pids: readonly number[]): void =>
  writePrivateJson(recordIn(dataDir), pids.map(describeProcess));

/** Pids of the record, running or not. */
export const recordedWorkerd = (dataDir: string): number[] => (readJson<RunningProcess[]>(recordIn(dataDir)) ?? []).map(({ pid }) => pid);

/** Ends what runs of the record. Idempotent. */
export const endWorkerd = async (dataDir: string): Promise<void> => {
  for (const left of readJson<RunningProcess[]>(recordIn(dataDir)) ?? []) await endProcess(left, 5_000);
};
