/**
 * `kedge node join|leave|upgrade|status`: on the machine itself, what the served script and the agent's own commands do; `leave NAME` and `status` with a kubeconfig, for
 * any node of the cluster.
 */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { accessOf, createApi, kubeconfigPath, Refused } from '../backup/api.ts';
import { clusterFolder, readText } from '../cluster/folder.ts';
import type { Command, CommandInput } from '../commands.ts';
import { parseDuration } from '../duration.ts';
import { drain } from '../node/drain.ts';
import { nodeLayout } from '../node/layout.ts';
import { nodesText } from '../node/nodes-text.ts';
import { PersonError } from '../person-error.ts';

export const usage = `usage: kedge node join --server URL --token T [--ca FILE] [--node-name N] [--docker-host H] [--dry-run]   makes this machine a node
       kedge node leave [NAME] [--timeout 5m] [--force]   drains; without NAME the node on this machine, with its containers and service
       kedge node upgrade [--dry-run]                     the control plane's agent on this machine; taken back when it is not Ready in 60 s
       kedge node status                                  all nodes of the cluster
options: --kubeconfig FILE, --context NAME, --dir FOLDER, --json`;

const program = join(nodeLayout().program, 'bin/kedge-agent');

/** The installed agent's own command. */
const installed = (verb: string, options: Readonly<Record<string, string>>): number => {
  if (!existsSync(program))
    throw new PersonError(`This machine has no agent (${program}): \`kedge token create --join\` prints the line that installs it.`);
  const flags = ['json', 'dry-run', 'force'].filter((flag) => options[flag] !== undefined).map((flag) => `--${flag}`);
  const timeout = options.timeout === undefined ? [] : ['--timeout', options.timeout];
  return spawnSync(program, [verb, ...flags, ...timeout], { stdio: 'inherit' }).status ?? 1;
};

const joinThis = async ({ options }: CommandInput): Promise<number> => {
  const { server, token, ca } = options;
  if (server === undefined || (token ?? process.env.KEDGE_TOKEN) === undefined) throw new PersonError(usage);
  const caPem = ca === undefined ? undefined : readText(ca);
  if (ca !== undefined && !caPem) throw new PersonError(`${ca} cannot be read: it should hold the CA of the control plane.`);
  const dispatcher = new Agent({ connect: caPem === undefined ? {} : { ca: caPem } });
  const response = await fetch(new URL('/install.sh', server), { dispatcher, redirect: 'error' }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    throw new PersonError(
      `Cannot reach ${server}: ${cause}${caPem === undefined ? '. A CA of the cluster’s own is named with --ca.' : ''}`,
    );
  });
  const script = await response.text();
  await dispatcher.close();
  if (!response.ok) throw new PersonError(`${server} gave no install script: ${response.status} ${script.slice(0, 200)}`);
  const passed = ['node-name', 'docker-host'].flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, options[name] as string],
  );
  const args = ['-s', '--', ...passed, ...(options['dry-run'] === undefined ? [] : ['--dry-run'])];
  const child = spawn('sh', args, {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, ...(token === undefined ? {} : { KEDGE_TOKEN: token }) },
  });
  child.stdin.end(script);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
};

const credentialSecret = (node: string): string => `kedge-token-node-${createHash('sha256').update(node).digest('hex').slice(0, 24)}`;

/** With the admin's credential, from anywhere. The machine itself keeps its containers until somebody runs `leave` there. */
const removeOther = async (input: CommandInput, node: string): Promise<number> => {
  if (!/^[a-z0-9.-]{1,253}$/.test(node)) throw new PersonError(`${JSON.stringify(node)} is no name of a node.`);
  const { options } = input;
  const api = createApi(accessOf(kubeconfigPath(options, clusterFolder(input.dir).kubeconfig), options.context));
  const print = (line: string): void => (options.json ? console.error(`  ${line}`) : console.log(`  ${line}`));
  const gone = (error: unknown): void => {
    if (!(error instanceof Refused) || error.code !== 404) throw error;
  };
  try {
    const timeoutMs = parseDuration(options.timeout ?? '5m', 'timeout') * 1000;
    const force = options.force !== undefined;
    const reopen = await drain({ api, node, timeoutMs, force, now: Date.now, sleep: (ms) => delay(ms), print });
    try {
      await api.call('DELETE', `/api/v1/namespaces/kube-system/secrets/${credentialSecret(node)}`).catch(gone);
      await api.call('DELETE', `/api/v1/nodes/${node}`).catch(gone);
    } catch (error) {
      await reopen();
      throw error;
    }
    console.log(
      options.json
        ? JSON.stringify({ node })
        : `Node ${node} is out of the cluster, its credential revoked. \`/opt/kedge/bin/kedge-agent leave --force\` cleans its machine.`,
    );
    return 0;
  } finally {
    await api.close();
  }
};

const listNodes = async (input: CommandInput): Promise<number> => {
  const { options } = input;
  const api = createApi(accessOf(kubeconfigPath(options, clusterFolder(input.dir).kubeconfig), options.context));
  try {
    const { items } = await api.call('GET', '/api/v1/nodes');
    console.log(options.json ? JSON.stringify(items, null, 2) : nodesText(items, Date.now()));
    return 0;
  } finally {
    await api.close();
  }
};

export const command: Command = async (input) => {
  const [verb, name, ...more] = input.args;
  if (verb === 'join' && name === undefined) return joinThis(input);
  if (verb === 'upgrade' && name === undefined) return installed('upgrade', input.options);
  if (verb === 'status' && name === undefined) return listNodes(input);
  if (verb === 'leave' && more.length === 0) return name === undefined ? installed('leave', input.options) : removeOther(input, name);
  console.error(usage);
  return verb === undefined || verb === 'help' ? 0 : 2;
};
