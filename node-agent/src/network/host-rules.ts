/**
 * The few settings of the host beside the proxy's own table: a route that makes service addresses reachable from the host itself, loopback node ports,
 * and the one rule that lets translated traffic from outside pass Docker's forward filter. All are idempotent and go away with the bridge or `remove`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { RunCommand } from './command.ts';

export interface HostRules {
  readonly bridge: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  /** Marks Kedge's own rule. */
  readonly comment: string;
}

const dockerUserRule = (rules: HostRules): string[] => [
  ...['-d', rules.podCIDR, '-m', 'conntrack', '--ctstate', 'DNAT'],
  ...['-m', 'comment', '--comment', rules.comment, '-j', 'ACCEPT'],
];

const writeSysctl = (name: string, value: string): Promise<void> => writeFile(`/proc/sys/${name}`, value);

/** By /proc, which shows this process's own network; /sys shows that of whoever mounted it. */
export const hasInterface = async (name: string): Promise<boolean> => {
  const devices = await readFile('/proc/net/dev', 'utf8').catch(() => '');
  return devices.split('\n').some((line) => line.trim().startsWith(`${name}:`));
};

/** What could not be done, one line each; empty when all is in place. */
export const applyHostRules = async (run: RunCommand, rules: HostRules): Promise<string[]> => {
  const problems: string[] = [];
  const attempt = async (what: string, action: () => Promise<unknown>): Promise<void> => {
    await action().catch((error: Error) => problems.push(`${what}: ${error.message}`));
  };
  await attempt('service addresses are not reachable from this host', () =>
    run('ip', ['route', 'replace', rules.serviceCIDR, 'dev', rules.bridge]),
  );
  await attempt('node ports are not reachable on 127.0.0.1', () => writeSysctl(`net/ipv4/conf/${rules.bridge}/route_localnet`, '1'));
  await attempt('pods on one node may not reach each other through services', () => writeSysctl('net/bridge/bridge-nf-call-iptables', '1'));
  await attempt('node ports are not reachable from other machines', async () => {
    const rule = dockerUserRule(rules);
    await run('iptables', ['-w', '-C', 'DOCKER-USER', ...rule]).catch(() => run('iptables', ['-w', '-I', 'DOCKER-USER', '1', ...rule]));
  });
  return problems;
};

export const removeHostRules = async (run: RunCommand, rules: HostRules): Promise<void> => {
  await run('iptables', ['-w', '-D', 'DOCKER-USER', ...dockerUserRule(rules)]).catch(() => '');
  await run('ip', ['route', 'del', rules.serviceCIDR, 'dev', rules.bridge]).catch(() => '');
};

interface Link {
  readonly ifname?: string;
}

/**
 * Lets a pod reach itself through a service: its frames may leave the bridge through the port they came in by. Covers the ports that exist now.
 * Through `ip`, which works in the agent's own network namespace; sysfs shows the one it was mounted in.
 */
export const enableHairpin = async (run: RunCommand, bridge: string): Promise<void> => {
  const links = JSON.parse((await run('ip', ['-j', 'link', 'show', 'master', bridge]).catch(() => '')) || '[]') as Link[];
  const lines = links.flatMap(({ ifname }) => (ifname ? [`link set dev ${ifname} type bridge_slave hairpin on`] : []));
  // a pod may end meanwhile, its port with it
  if (lines.length > 0) await run('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`).catch(() => '');
};
