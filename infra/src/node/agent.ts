/**
 * The agent as one file: what the service runs, and the commands of a node on its own machine. Bundled by build.ts into `agent.mjs`, which needs nothing but Node.js
 * 22 or newer: `node agent.mjs --server URL --token T` is a node for a look, without installing anything.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WATCHDOG } from '#node-agent/fencing/fencing.ts';
import { runWatchdog } from '#node-agent/fencing/watchdog.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { VERSION } from '#schema/version.ts';
import { connectDocker } from '../cluster/docker.ts';
import { parseDuration } from '../duration.ts';
import { PersonError } from '../person-error.ts';
import { joinCluster } from './join.ts';
import { nodeAccess, readNode } from './joined.ts';
import { nodeLayout, stateFiles } from './layout.ts';
import { leaveCluster } from './leave.ts';
import { runAgent } from './run.ts';
import { systemd } from './service.ts';
import { nodeStatus, nodeStatusText } from './status.ts';
import { upgradeAgent } from './upgrade.ts';

const usage = `usage: agent.mjs --server URL --token T [--ca FILE] [--node-name N]   a node as long as this runs; its files are in ~/.kedge-node (--dir); or KEDGE_TOKEN
       agent.mjs run --config FILE                                   what the service runs
       agent.mjs status [--json]
       agent.mjs upgrade [--dry-run] [--json]
       agent.mjs leave [--timeout 5m] [--force] [--json]`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  ...{ config: text, server: text, token: text, ca: text, dir: text, 'node-name': text, 'docker-host': text, timeout: text },
  ...{ json: flag, 'dry-run': flag, force: flag, help: { ...flag, short: 'h' } },
} as const;

const { values, positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true, options });
const [verb, ...more] = positionals;
const print = (line: string): void => (values.json ? console.error(`  ${line}`) : console.log(`  ${line}`));
const sleep = (ms: number): Promise<void> => delay(ms);
const result = (value: unknown, text: string): void => console.log(values.json ? JSON.stringify(value, null, 2) : text);

const join_ = async (state: string) => {
  const token = values.token ?? process.env.KEDGE_TOKEN ?? '';
  if (values.server === undefined || token === '') throw new PersonError(usage);
  const { ca, server } = values;
  const caFile = ca === undefined ? undefined : resolve(ca);
  return joinCluster({ server, caFile, token, nodeName: values['node-name'], dockerHost: values['docker-host'], state, nowMs: Date.now() });
};

const commands: Readonly<Record<string, () => Promise<number>>> = {
  run: async () => {
    if (values.config === undefined) throw new PersonError(usage);
    await runAgent(resolve(values.config));
    return 0;
  },
  join: async () => {
    const { nodeName, clusterUid, expires } = await join_(resolve(values.dir ?? nodeLayout().state));
    result({ nodeName, clusterUid, expires }, `  Joined as node ${nodeName} of cluster ${clusterUid.slice(0, 8)}`);
    return 0;
  },
  status: async () => {
    const status = await nodeStatus(nodeLayout(), systemd);
    result(status, nodeStatusText(status, Date.now()));
    return status.ready === 'True' ? 0 : 3;
  },
  upgrade: async () => {
    const layout = nodeLayout();
    const access = nodeAccess(readNode(layout.state));
    const done = await upgradeAgent({ access, layout, service: systemd, dryRun: values['dry-run'] ?? false, print, sleep });
    const texts = {
      present: `The agent is ${done.to} already.`,
      staged: `${done.to} is installed; nobody starts the agent here: restart it, and it is on trial.`,
      upgraded: `Upgraded from ${done.from} to ${done.to}; the node is Ready.`,
      returned: `Back on ${done.from}: the new agent was taken back (${done.reason}). journalctl -u kedge-agent says more.`,
      'dry-run': `Would upgrade from ${done.from} to ${done.to}. Nothing was changed.`,
    };
    result(done, texts[done.result]);
    return done.result === 'returned' ? 1 : 0;
  },
  leave: async () => {
    const layout = nodeLayout();
    const { dockerHost } = readNode(layout.state);
    const { docker } = await connectDocker({ ...process.env, ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }) });
    const timeoutMs = parseDuration(values.timeout ?? '5m', 'timeout') * 1000;
    const left = await leaveCluster({
      layout,
      service: systemd,
      docker,
      force: values.force ?? false,
      timeoutMs,
      print,
      now: Date.now,
      sleep,
    });
    result(left, `Node ${left.node} has left: ${left.containers} containers and ${left.networks} networks removed.`);
    return 0;
  },
};

/** A node for a look, or in a container: joins when it has not, and runs until Ctrl-C. */
const look = async (): Promise<number> => {
  const state = resolve(values.dir ?? join(homedir(), '.kedge-node'));
  const { config } = stateFiles(state);
  if (existsSync(config)) {
    console.log(`  Node ${readNode(state).nodeName}, which has joined before; remove ${state} to join anew`);
    await runAgent(config);
    return 0;
  }
  const docker = await connectDocker({
    ...process.env,
    ...(values['docker-host'] === undefined ? {} : { DOCKER_HOST: values['docker-host'] }),
  });
  values['docker-host'] ??= docker.dockerHost;
  const { nodeName } = await join_(state);
  console.log(`  Node ${nodeName}, until Ctrl-C; its pods go on running. Files: ${state}`);
  await runAgent(config);
  return 0;
};

const main = async (): Promise<number> => {
  // what node-agent/src/fencing starts beside the agent
  if (verb === WATCHDOG) {
    await runWatchdog(more[0]);
    return 0;
  }
  if (values.help) {
    console.log(`Kedge node agent ${VERSION}\n${usage}`);
    return 0;
  }
  if (verb === undefined && values.server !== undefined) return look();
  const command = verb === undefined || more.length > 0 ? undefined : getOwn(commands, verb);
  if (!command) throw new PersonError(usage);
  return command();
};

try {
  process.exit(await main());
} catch (error) {
  console.error(`kedge: ${error instanceof PersonError ? error.message : (error as Error).stack}`);
  process.exit(1);
}
