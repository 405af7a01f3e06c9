/**
 * A network namespace with a life of its own: loopback, one veth pair with a default route, nothing outside. A second Docker Engine on one machine
 * needs one, since engines share the names of bridges and packet-filter chains. Root on Linux only.
 */
import { execFileSync } from 'node:child_process';

export interface NetworkNamespace {
  readonly name: string;
  /** An address of the machine inside. */
  readonly address: string;
  /** argv prefix that runs a program inside. Not `ip netns exec`: that hides the cgroups. */
  readonly prefix: readonly string[];
  remove(): void;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export const createNetns = (name: string): NetworkNamespace => {
  const address = '198.51.100.2';
  ip('netns', 'add', name);
  const inside = (...args: string[]) => ip('-n', name, ...args);
  inside('link', 'set', 'lo', 'up');
  inside('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'gw0');
  inside('addr', 'add', `${address}/24`, 'dev', 'eth0');
  inside('link', 'set', 'eth0', 'up');
  inside('link', 'set', 'gw0', 'up');
  inside('route', 'add', 'default', 'via', '198.51.100.1');
  return {
    name,
    address,
    prefix: ['nsenter', `--net=/run/netns/${name}`],
    remove: () => {
      ip('netns', 'delete', name);
    },
  };
};
