/**
 * The folder of a cluster on one machine (`.kedge`): where each file lies, and how files that hold secrets are written (0600, whole or not at all).
 * The admin token stands in the kubeconfig alone; the control plane's configuration knows its hash.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PersonError } from '../person-error.ts';

export interface ClusterFolder {
  readonly root: string;
  readonly lock: string;
  readonly running: string;
  readonly identity: string;
  readonly keys: string;
  /** What a person set; need not be there. */
  readonly settings: string;
  readonly kubeconfig: string;
  readonly nodeToken: string;
  readonly controlPlaneConfig: string;
  readonly agentConfig: string;
  readonly pki: string;
  readonly data: string;
  readonly node: string;
  readonly logs: string;
  /** The agent as joining machines download it. */
  readonly agent: string;
}

export const clusterFolder = (root: string): ClusterFolder => ({
  root,
  lock: join(root, 'lock'),
  running: join(root, 'running.json'),
  identity: join(root, 'cluster.json'),
  keys: join(root, 'keys.json'),
  settings: join(root, 'settings.yaml'),
  kubeconfig: join(root, 'kubeconfig'),
  nodeToken: join(root, 'node-token'),
  controlPlaneConfig: join(root, 'control-plane.json'),
  agentConfig: join(root, 'agent.json'),
  pki: join(root, 'pki'),
  data: join(root, 'data'),
  node: join(root, 'node'),
  logs: join(root, 'logs'),
  agent: join(root, 'agent'),
});

/** @throws PersonError when the folder cannot be made or written */
export const makeFolder = (folder: ClusterFolder): void => {
  try {
    for (const dir of [folder.root, folder.pki, folder.data, folder.node, folder.logs, folder.agent])
      mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new PersonError(`Cannot write the folder ${folder.root}: ${(error as Error).message}`);
  }
};

/** Writes a file that only its owner reads; a reader sees the old content or the new one, never a part. */
export const writePrivate = (path: string, content: string): void => {
  const partial = `${path}.${randomUUID()}`;
  writeFileSync(partial, content, { mode: 0o600 });
  renameSync(partial, path);
};

export const writePrivateJson = (path: string, value: unknown): void => writePrivate(path, `${JSON.stringify(value, null, 2)}\n`);

/** Undefined when the file is not there. @throws PersonError when it is there and is not JSON */
export const readJson = <T>(path: string): T | undefined => {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new PersonError(`${path} is damaged (not JSON): put it back from a copy, or move the folder away to start an empty cluster.`);
  }
};

export const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PersonError(`Cannot read ${path}: ${(error as Error).message}`);
  }
};

export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
