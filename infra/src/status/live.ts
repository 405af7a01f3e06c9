/** The figures of `kedge status` that the running control plane gives: nodes, pods, what is used of the plan. Pure but for the requests of `readLive`. */
import type { Usage } from '#control-plane/allowance/usage-endpoint.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { Api } from '../backup/api.ts';
import { tableText } from '../table.ts';

export interface Live {
  readonly version: string;
  readonly nodes: { readonly all: number; readonly ready: number };
  /** By phase, as far as it is known. */
  readonly pods: Readonly<Record<string, number>>;
  readonly usage?: Usage;
}

interface Read {
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const isReady = ({ status }: Read): boolean => status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;

/** Four requests, each page of pods one more. @throws PersonError */
export const readLive = async (api: Api): Promise<Live> => {
  const [{ gitVersion }, nodes] = await Promise.all([api.call('GET', '/version'), api.call('GET', '/api/v1/nodes')]);
  const pods: Record<string, number> = {};
  for (let next = ''; ; ) {
    const page = await api.call('GET', `/api/v1/pods?limit=500${next && `&continue=${encodeURIComponent(next)}`}`);
    for (const { status } of page.items as Read[]) {
      const phase = status?.phase ?? 'Pending';
      pods[phase] = (getOwn(pods, phase) ?? 0) + 1;
    }
    next = page.metadata.continue ?? '';
    if (!next) break;
  }
  // a control plane of before this has no figures
  const usage = (await api.call('GET', '/apis/kedge.dev/v1/usage').catch(() => undefined)) as Usage | undefined;
  const items = nodes.items as Read[];
  return { version: gitVersion, nodes: { all: items.length, ready: items.filter(isReady).length }, pods, ...(usage ? { usage } : {}) };
};

const amount = (value: number): string =>
  value >= 10e6 ? `${Number((value / 1e6).toPrecision(3))} M` : Math.round(value).toLocaleString('en-US');

/** `in 3 h 20 min`; undefined: it has passed. */
const inText = (at: string, nowMs: number): string | undefined => {
  const minutes = Math.round((Date.parse(at) - nowMs) / 60_000);
  if (minutes <= 0) return undefined;
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  return `in ${days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`}`;
};

const untilText = (emptyAt: string, nowMs: number): string => ['empty', inText(emptyAt, nowMs)].filter(Boolean).join(' ');

/** What goes on, what does not. */
const refusedText = ({ message, until }: NonNullable<Usage['refused']>, nowMs: number): string =>
  `${message}${until ? ` (${inText(until, nowMs) ?? 'now'})` : ''}.\n         Pods run on and objects are read and written; nothing is decided, and there are no Events, Leases, logs and exec.`;

/** Lines, without a newline at the end. */
export const liveText = ({ version, nodes, pods, usage }: Live, nowMs: number): string => {
  const phases = Object.entries(pods).sort(([, a], [, b]) => b - a);
  const lines = [
    `Version  ${version}`,
    `Nodes    ${nodes.all}, ${nodes.ready} ready`,
    `Pods     ${phases.length === 0 ? 'none' : phases.map(([phase, count]) => `${count} ${phase}`).join(', ')}`,
  ];
  if (usage?.refused) lines.push(`Refused  ${refusedText(usage.refused, nowMs)}`);
  if (!usage || usage.measures.length === 0) return lines.join('\n');
  const rows = usage.measures.map(({ name, unit, window, used, limit, emptyAt }) => [
    name,
    `${amount(used)} ${unit}`,
    `${amount(limit)} a ${window}`,
    `${((100 * used) / limit).toFixed(used >= limit / 10 ? 0 : 1)} %`,
    emptyAt ? untilText(emptyAt, nowMs) : 'lasts',
  ]);
  return [...lines, '', tableText([`${usage.plan.toUpperCase()} PLAN`, 'USED', 'LIMIT', 'SHARE', 'AT THIS PACE'], rows)].join('\n');
};
