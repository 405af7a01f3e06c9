/** Which cluster a command that is also a kubectl plugin speaks to: the kubeconfig that is named, else the folder's, else kubectl's own. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { clusterFolder } from '../cluster/folder.ts';

const DEFAULT_DIR = '.kedge';

export interface Choice {
  readonly dir: string;
  readonly kubeconfig: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A folder that is named wins over KUBECONFIG; the folder that merely is there does not. */
export const kubeconfigOf = ({ dir, kubeconfig, env }: Choice): string => {
  if (kubeconfig !== undefined) return kubeconfig;
  const own = clusterFolder(dir).kubeconfig;
  if (dir !== resolve(DEFAULT_DIR)) return own;
  const named = (env.KUBECONFIG ?? '').split(delimiter).find((path) => path !== '' && existsSync(path));
  if (named !== undefined) return named;
  return existsSync(own) ? own : join(env.HOME ?? homedir(), '.kube', 'config');
};

/** The namespace of the kubeconfig's current context. */
export const namespaceIn = (path: string): string => {
  try {
    const config = parse(readFileSync(path, 'utf8')) ?? {};
    const context = config.contexts?.find(({ name }: any) => name === config['current-context']);
    return context?.context?.namespace ?? 'default';
  } catch {
    // who reads the rest of the file says what is wrong with it
    return 'default';
  }
};
