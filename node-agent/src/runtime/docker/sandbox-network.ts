/**
 * How sandboxes come into the pod network: by a pair of the agent's own where it may and can (see sandbox-link.ts), else by Docker's bridge driver. The
 * address of the former is chosen here and written on the sandbox as a label.
 */
import { existsSync } from 'node:fs';
import type { SandboxSpec } from '../runtime.ts';
import type { OwnPlace } from './create-body.ts';
import type { Engine } from './engine.ts';
import { LABEL } from './identity.ts';
import { holdNetwork } from './network-holder.ts';
import type { Inspection } from './records.ts';
import { linkName, mayConnectSandboxes, readPodBridge, type SandboxLinks, sandboxLinks } from './sandbox-link.ts';

export interface SandboxNetwork {
  /** Learns once what this host allows; tried again when the engine did not answer. */
  probe(): Promise<boolean>;
  /** The place of a sandbox to be made; undefined: Docker's driver gives it one. Its address is held until `release`. @throws Error when none is free. */
  reserve(spec: SandboxSpec): Promise<OwnPlace | undefined>;
  /** Connects a sandbox that runs; one that is connected stays as it is. */
  connect(sandbox: Inspection, fresh: boolean): Promise<void>;
  /** Holds the addresses of sandboxes that exist, and connects those that an agent which ended left without. Returns the ids that cannot be. */
  adopt(sandboxes: readonly Inspection[]): Promise<ReadonlySet<string>>;
  release(address: string): void;
}

/** As Docker's driver does for a network without IPv6. */
const WITHOUT_IPV6 = { 'net.ipv6.conf.all.disable_ipv6': '1', 'net.ipv6.conf.default.disable_ipv6': '1' };

export const ownAddressOf = (sandbox: Inspection): string | undefined => sandbox.Config.Labels[LABEL.address];

export const createSandboxNetwork = (options: {
  readonly engine: Engine;
  readonly clusterUid: string;
  readonly network: () => string;
  /** The image that `probe` uses is there. */
  readonly prepared: () => Promise<void>;
}): SandboxNetwork => {
  const { engine, clusterUid } = options;
  let allowed: Promise<boolean> | undefined;
  let links: SandboxLinks | undefined;
  let holding: Promise<void> | undefined;

  const probe = (): Promise<boolean> => {
    allowed ??= options
      .prepared()
      .then(() => mayConnectSandboxes(engine, clusterUid))
      .catch((error: unknown) => {
        allowed = undefined;
        throw error;
      });
    return allowed;
  };

  const linksOf = async (): Promise<SandboxLinks | undefined> => {
    if (links) return links;
    const pods = await readPodBridge(engine, options.network(), clusterUid);
    if (pods) links ??= sandboxLinks(pods);
    return links;
  };

  return {
    probe,
    reserve: async (spec) => {
      // Docker's driver and its proxy publish host ports.
      if (spec.hostNetwork || spec.ports.length > 0) return undefined;
      const own = await linksOf();
      if (!own || !(await probe())) return undefined;
      // Without it pods run all the same.
      holding ??= holdNetwork(engine, options.network(), clusterUid).catch(() => {});
      await holding;
      return { address: own.addresses.take(), sysctls: existsSync('/proc/sys/net/ipv6') ? WITHOUT_IPV6 : {} };
    },
    connect: async (sandbox, fresh) => {
      const address = ownAddressOf(sandbox);
      if (address === undefined) return;
      const own = await linksOf();
      if (!own) throw new Error('the pod network is not one of this host any more');
      const link = { id: sandbox.Id, pid: sandbox.State.Pid, address };
      if (fresh) await own.connect(link);
      else if (!(await own.connected()).has(linkName(sandbox.Id))) await own.reconnect(link);
    },
    adopt: async (sandboxes) => {
      const broken = new Set<string>();
      const ours = sandboxes.filter((sandbox) => ownAddressOf(sandbox) !== undefined);
      const own = ours.length > 0 ? await linksOf() : undefined;
      // Nothing can be said: what runs is left alone.
      if (!own) return broken;
      const connected = await own.connected();
      for (const sandbox of ours) {
        const address = ownAddressOf(sandbox)!;
        own.addresses.hold(address);
        if (!sandbox.State.Running || connected.has(linkName(sandbox.Id))) continue;
        await own.reconnect({ id: sandbox.Id, pid: sandbox.State.Pid, address }).catch(() => broken.add(sandbox.Id));
      }
      return broken;
    },
    release: (address) => links?.addresses.release(address),
  };
};
