/**
 * The same service program for machines without nft: one `iptables-restore --noflush` input with Kedge's own chains in the nat table, replaced as a whole
 * by the kernel. Chains hang off PREROUTING, OUTPUT and POSTROUTING by jump rules that `hooks` names. Pure text.
 */
import type { Backend, ProxiedPort, ServiceProgram } from './service-program.ts';
import { backendAddresses } from './service-program.ts';

/** Chain prefix, at most 12 characters: iptables allows 28 in a chain's name. */
export interface IptablesOptions {
  readonly prefix: string;
  readonly bridge: string;
  readonly serviceCIDR: string;
}

/** A jump from one of the kernel's chains to one of ours. */
export interface IptablesHook {
  readonly table: 'nat' | 'filter';
  readonly chain: 'PREROUTING' | 'OUTPUT' | 'POSTROUTING' | 'FORWARD';
  readonly target: string;
}

export const iptablesHooks = ({ prefix }: Pick<IptablesOptions, 'prefix'>): readonly IptablesHook[] => [
  { table: 'nat', chain: 'PREROUTING', target: `${prefix}-SVC` },
  { table: 'nat', chain: 'OUTPUT', target: `${prefix}-SVC` },
  { table: 'nat', chain: 'POSTROUTING', target: `${prefix}-POST` },
  { table: 'filter', chain: 'FORWARD', target: `${prefix}-REF` },
  { table: 'filter', chain: 'OUTPUT', target: `${prefix}-REF` },
];

/** The last rule of each chain of ours: where it stands, so do those before it, for they came and go together. */
export const iptablesEnds = ({
  prefix,
  bridge,
  serviceCIDR,
}: IptablesOptions): readonly (Pick<IptablesHook, 'table' | 'target'> & {
  readonly rule: readonly string[];
})[] => [
  { table: 'nat', target: `${prefix}-SVC`, rule: ['-j', 'RETURN'] },
  { table: 'nat', target: `${prefix}-POST`, rule: ['-s', '127.0.0.0/8', '-o', bridge, '-j', 'MASQUERADE'] },
  { table: 'filter', target: `${prefix}-REF`, rule: ['-d', serviceCIDR, '-j', 'REJECT'] },
];

const spread = (match: string, backends: readonly Backend[], port: ProxiedPort, chain: string): string[] => {
  const affinity = port.affinitySeconds;
  const recent = (backend: Backend): string => `${chain}-${backend.ip}-${backend.port}`;
  const sticky =
    affinity === undefined
      ? []
      : backends.map(
          (b) =>
            `-A ${chain} ${match} -m recent --name ${recent(b)} --rcheck --seconds ${affinity} --reap -j DNAT --to-destination ${b.ip}:${b.port}`,
        );
  const even = backends.map((b, i) => {
    const left = backends.length - i;
    const pick = left === 1 ? '' : ` -m statistic --mode nth --every ${left} --packet 0`;
    const remember = affinity === undefined ? '' : ` -m recent --name ${recent(b)} --set`;
    return `-A ${chain} ${match}${pick}${remember} -j DNAT --to-destination ${b.ip}:${b.port}`;
  });
  return [...sticky, ...even];
};

export const renderIptables = (program: ServiceProgram, options: IptablesOptions): string => {
  const service = `${options.prefix}-SVC`;
  const post = `${options.prefix}-POST`;
  const [endOfService, endOfPost, endOfRefusals] = iptablesEnds(options).map(({ target, rule }) => `-A ${target} ${rule.join(' ')}`);
  const rules = program.ports.flatMap((port) => [
    ...port.addresses.flatMap((address) =>
      spread(`-d ${address}/32 -p ${port.protocol} --dport ${port.port}`, port.backends, port, service),
    ),
    ...(port.nodePort === undefined
      ? []
      : spread(
          `-m addrtype --dst-type LOCAL -p ${port.protocol} --dport ${port.nodePort}`,
          port.externalBackends ?? port.backends,
          port,
          service,
        )),
  ]);
  return [
    '*nat',
    `:${service} - [0:0]`,
    `:${post} - [0:0]`,
    ...rules,
    endOfService,
    ...backendAddresses(program).map((ip) => `-A ${post} -s ${ip}/32 -d ${ip}/32 -j MASQUERADE`),
    endOfPost,
    'COMMIT',
    '*filter',
    `:${options.prefix}-REF - [0:0]`,
    // A virtual address nothing stands behind answers at once instead of timing out.
    `-A ${options.prefix}-REF -d ${options.serviceCIDR} -p tcp -j REJECT --reject-with tcp-reset`,
    endOfRefusals,
    'COMMIT',
    '',
  ].join('\n');
};
