/** What the objects of a cluster say about its health. Pure: objects and a time in, findings out. */
import { fromNow } from '../duration.ts';
import type { TokenEntry } from '../tokens/list.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const soonMs = 7 * 86_400_000;
const driftMs = 30_000;
const shown = 5;

const some = (names: readonly string[]): string =>
  names.length > shown ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more` : names.join(', ');

const conditionOf = ({ status = {} }: any, type: string): any =>
  (status.conditions ?? []).find((condition: any) => condition.type === type);

/** `version`: what this command line would give an agent, as /version shows it. */
export const nodeFindings = (nodes: readonly any[], version: string): Finding[] => {
  if (nodes.length === 0)
    return [
      warning(
        'nodes',
        'there are none',
        '`kedge token create --join` prints the line that makes a machine one; `npm start` makes this one a node',
      ),
    ];
  const findings: Finding[] = [];
  const away = nodes.filter((node) => conditionOf(node, 'Ready')?.status !== 'True');
  for (const node of away.slice(0, shown)) {
    const { name } = node.metadata;
    const ready = conditionOf(node, 'Ready');
    const mend =
      ready?.status === 'False'
        ? `on ${name}: is Docker running (systemctl status docker)? journalctl -u kedge-agent says more`
        : `on ${name}: is it on, does it reach the control plane? systemctl status kedge-agent; gone for good: kedge node leave ${name} --force`;
    findings.push(failed(`node ${name}`, `not Ready: ${ready?.message ?? 'it never reported'}`, mend));
  }
  for (const node of nodes) {
    const degraded = (node.status?.conditions ?? []).find(
      (condition: any) => condition.type === 'kedge.dev/ServicesDegraded' && condition.status === 'True',
    );
    const mend = 'run the agent as root and install nftables, iproute2, iptables and conntrack';
    if (degraded) findings.push(warning(`node ${node.metadata.name}`, `Services do not work there: ${degraded.message}`, mend));
    for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure']) {
      const pressure = conditionOf(node, type);
      if (pressure?.status === 'True')
        findings.push(warning(`node ${node.metadata.name}`, `${type}: ${pressure.message}`, 'free some, or add a node'));
    }
  }
  const other = nodes.filter(({ status }) => status?.nodeInfo?.kubeletVersion && status.nodeInfo.kubeletVersion !== version);
  if (other.length > 0)
    findings.push(
      warning(
        'agents',
        `another version than ${version} on ${some(other.map(({ metadata }) => metadata.name))}`,
        'on each: sudo /opt/kedge/bin/kedge-agent upgrade',
      ),
    );
  return findings.length > 0 ? findings : [ok('nodes', `${nodes.length} Ready, all with the same agent`)];
};

export const tokenFindings = (tokens: readonly TokenEntry[], nowMs: number): Finding[] => {
  const name = ({ id, type, user }: TokenEntry): string => (type === 'join' ? `join token ${id}` : `${user} (${id})`);
  const mine = tokens.filter(({ type }) => type !== 'join');
  const over = tokens.filter(({ expired }) => expired);
  const soon = mine.filter(({ expires, expired }) => expires !== undefined && !expired && Date.parse(expires) - nowMs < soonMs);
  return [
    ...soon.map((token) => {
      const mend =
        token.type === 'node'
          ? 'its agent renews it while it runs: look at the node'
          : 'make another with `kedge token create`, then revoke this one';
      return warning('token', `${name(token)} ends ${fromNow(Date.parse(token.expires as string), nowMs)}`, mend);
    }),
    ...(over.length > 0 ? [warning('tokens', `${over.length} expired: ${some(over.map(name))}`, 'kedge token revoke ID tidies up')] : []),
    ...(soon.length + over.length === 0 ? [ok('tokens', `${mine.length} in use, none ends within a week`)] : []),
  ];
};

/** `serverDate`: the Date header of an answer. */
export const clockFinding = (serverDate: string | undefined, nowMs: number): Finding => {
  const theirs = Date.parse(serverDate ?? '');
  if (Number.isNaN(theirs)) return warning('clock', 'the control plane says no time', 'a proxy takes its Date header away');
  const drift = nowMs - theirs;
  if (Math.abs(drift) < driftMs) return ok('clock', 'agrees with the control plane');
  const found = `${Math.round(Math.abs(drift) / 1000)} s ${drift > 0 ? 'ahead of' : 'behind'} the control plane`;
  return failed('clock', found, 'set it: timedatectl set-ntp true; tokens and certificates are judged by time');
};

/** `body` of /readyz?verbose. */
export const readyFinding = (status: number, body: string): Finding => {
  const bad = body.split('\n').filter((line) => line.startsWith('[-]'));
  if (status === 200) return ok('control plane', 'answers, and its database with it');
  if (bad.some((line) => line.startsWith('[-]store')))
    return failed(
      'database',
      'the control plane answers, its database does not',
      'Workers: is the database blocked by its quota, the token revoked? On this machine: disk full? See logs/control-plane.log',
    );
  return failed(
    'control plane',
    `answers with ${status}: ${bad.join(' ') || body.slice(0, 200)}`,
    'its log says why: logs/control-plane.log, or npx wrangler tail',
  );
};
