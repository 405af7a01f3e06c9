/** Which agent this is: an id that stays with its folder and one of the process, so that the control plane can tell a restart from a second agent. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AgentIdentity } from '#schema/sync/protocol.ts';

const kept = (path: string): string => {
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(id)) return id;
  } catch {
    // made below
  }
  const id = randomUUID();
  writeFileSync(path, `${id}\n`, { mode: 0o600 });
  return id;
};

/** `dir` is made (0700) when missing. */
export const openAgentIdentity = (dir: string): AgentIdentity => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return { instance: kept(join(dir, 'agent-id')), process: randomUUID(), host: hostname() };
};
