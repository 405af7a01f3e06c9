/**
 * Puts a service program into the kernel: nftables where there is nft, iptables otherwise. The newest program wins; a failed apply leaves the old
 * rules standing (both tools are atomic). `remove` takes everything away again.
 */
import { CommandError, type RunCommand } from '../command.ts';
import { iptablesEnds, iptablesHooks, renderIptables } from './render-iptables.ts';
import { type NftNames, type NftOptions, nftNames, renderNft } from './render-nft.ts';
import type { ServiceProgram } from './service-program.ts';

export interface ProxyApplier {
  readonly kind: 'nftables' | 'iptables';
  apply(program: ServiceProgram): Promise<void>;
  /** False when another program has thrown the rules away (a firewall that was loaded anew). True when that cannot be said. */
  stands(): Promise<boolean>;
  remove(): Promise<void>;
}

interface NftListing {
  nftables: { chain?: { name: string; table: string }; set?: { name: string; table: string } }[];
}

/** What stands in the table now; nothing when there is no table. */
const presentNames = async (run: RunCommand, table: string): Promise<NftNames> => {
  const listing = await run('nft', ['-j', 'list', 'table', 'ip', table]).catch(() => '{"nftables":[]}');
  const { nftables } = JSON.parse(listing) as NftListing;
  return {
    chains: new Set(nftables.flatMap((entry) => (entry.chain ? [entry.chain.name] : []))),
    sets: new Set(nftables.flatMap((entry) => (entry.set && entry.set.name !== 'hairpin' ? [entry.set.name] : []))),
  };
};

const nftApplier = (run: RunCommand, options: NftOptions): ProxyApplier => {
  let present: NftNames | undefined;
  return {
    kind: 'nftables',
    apply: async (program) => {
      present ??= await presentNames(run, options.table);
      try {
        await run('nft', ['-f', '-'], renderNft(program, options, present));
        present = nftNames(program);
      } catch (error) {
        present = undefined;
        throw error;
      }
    },
    stands: async () => {
      const listing = await run('nft', ['-j', 'list', 'tables', 'ip']).catch(() => undefined);
      if (listing === undefined) return true;
      const { nftables } = JSON.parse(listing) as { nftables: { table?: { name: string } }[] };
      const found = nftables.some(({ table }) => table?.name === options.table);
      if (!found) present = undefined;
      return found;
    },
    remove: async () => {
      present = undefined;
      await run('nft', ['-f', '-'], `add table ip ${options.table}\ndelete table ip ${options.table}\n`);
    },
  };
};

const iptablesApplier = (run: RunCommand, options: NftOptions): ProxyApplier => {
  const { bridge, serviceCIDR } = options;
  const own = { prefix: options.table.replace(/^kedge_/, 'KEDGE-').slice(0, 14), bridge, serviceCIDR };
  const hooks = iptablesHooks(own);
  const needed = [
    ...hooks.map(({ table, chain, target }) => ['-t', table, '-C', chain, '-j', target]),
    ...iptablesEnds(own).map(({ table, target, rule }) => ['-t', table, '-C', target, ...rule]),
  ];
  return {
    kind: 'iptables',
    apply: async (program) => {
      await run('iptables-restore', ['-w', '--noflush'], renderIptables(program, own));
      for (const { table, chain, target } of hooks) {
        await run('iptables', ['-w', '-t', table, '-C', chain, '-j', target]).catch(() =>
          run('iptables', ['-w', '-t', table, '-I', chain, '1', '-j', target]),
        );
      }
    },
    stands: async () => {
      for (const rule of needed) {
        const error = await run('iptables', ['-w', ...rule]).then(
          () => undefined,
          (reason: CommandError) => reason,
        );
        // 1: there is no such rule; 2 where its chain is gone, too
        if (error && (error.code === 1 || error.code === 2)) return false;
      }
      return true;
    },
    remove: async () => {
      for (const { table, chain, target } of hooks) await run('iptables', ['-w', '-t', table, '-D', chain, '-j', target]).catch(() => '');
      for (const { table, target } of hooks) {
        await run('iptables', ['-w', '-t', table, '-F', target]).catch(() => '');
        await run('iptables', ['-w', '-t', table, '-X', target]).catch(() => '');
      }
    },
  };
};

/** @throws CommandError when this process may not change the network or neither tool is there. */
export const createProxyApplier = async (run: RunCommand, options: NftOptions): Promise<ProxyApplier> => {
  try {
    await run('nft', ['-c', '-f', '-'], `add table ip ${options.table}\n`);
    return nftApplier(run, options);
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'missing') throw error;
  }
  await run('iptables', ['-w', '-t', 'nat', '-S', 'PREROUTING']);
  return iptablesApplier(run, options);
};
