/**
 * `kedge doctor --edge`: how the platform under a deployed control plane behaves, measured on the user's own account with a number of requests that is said
 * before. Each finding is marked with where it was seen: `production` at Cloudflare, `workerd` on the same runtime elsewhere.
 */
import type { ApiAccess } from '../../backup/api.ts';
import { backPressure } from './back-pressure.ts';
import { EDGE_PATH, type EdgeCheck, type EdgeOptions, type Measured, seconds } from './check.ts';
import { createEdgeClient, type EdgeClient, messageIn } from './client.ts';
import { cpuOutcome } from './cpu-outcome.ts';
import { hibernation } from './hibernation.ts';
import { idleStreams } from './idle-streams.ts';
import { storeLatency } from './store-latency.ts';
import { watchFlush } from './watch-flush.ts';

export type Seen = 'workerd' | 'production';

export interface EdgeFinding extends Measured {
  readonly seen: Seen;
}

export interface EdgeReport {
  readonly server: string;
  /** Undefined: nothing was measured, and `refusal` says why. */
  readonly seen?: Seen;
  readonly refusal?: string;
  readonly requests: { readonly stated: number; readonly made: number };
  readonly findings: readonly EdgeFinding[];
}

/** In order; those of one row at once, where silence is what they need. */
const rows: readonly (readonly EdgeCheck[])[] = [[storeLatency], [watchFlush], [backPressure], [cpuOutcome], [hibernation, idleStreams]];
const checks = rows.flat();
const sum = (of: 'requests' | 'writes' | 'reads'): number => checks.reduce((total, check) => total + check[of], 0);
/** One to learn what the control plane runs on. */
const STATED = sum('requests') + 1;

/** What it will do, before it does. */
export const edgePlan = (server: string, { idleMs }: EdgeOptions): string =>
  `This makes at most ${STATED} requests to ${server} (${sum('writes')} of them write one ConfigMap in the namespace default and delete it again),
${sum('reads') + 1} reads of the database and 64 MiB of traffic, and takes about ${seconds(idleMs + 15_000)}.`;

/** Where it runs. @throws Error with why nothing can be measured */
const seenAt = async (client: EdgeClient): Promise<Seen> => {
  const response = await client.ask('POST', `${EDGE_PATH}?store=1`);
  const text = await response.text();
  if (response.status === 404) throw new Error('this control plane cannot be asked: upgrade it with kedge deploy');
  if (!response.ok) throw new Error(`${response.status} ${messageIn(text)}`);
  const { runtime } = JSON.parse(text) as { runtime?: string };
  if (runtime !== 'Cloudflare-Workers') throw new Error('this control plane runs on Node.js: there is no edge to measure');
  return response.headers.has('cf-ray') ? 'production' : 'workerd';
};

/** With what lies behind "fetch failed". */
const wordsOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};

const measured = async (check: EdgeCheck, client: EdgeClient, options: EdgeOptions): Promise<Measured> => {
  try {
    return await check.measure(client, options);
  } catch (error) {
    return { check: check.name, state: 'failed', figure: wordsOf(error), meaning: 'it could not be measured' };
  }
};

export const measureEdge = async (access: ApiAccess, options: EdgeOptions): Promise<EdgeReport> => {
  const client = createEdgeClient(access);
  const findings: EdgeFinding[] = [];
  const report = () => ({ server: access.server, requests: { stated: STATED, made: client.made }, findings });
  try {
    const seen = await seenAt(client);
    for (const row of rows) {
      const found = await Promise.all(row.map((check) => measured(check, client, options)));
      findings.push(...found.map((one) => ({ ...one, seen })));
    }
    return { ...report(), seen };
  } catch (error) {
    return { ...report(), refusal: wordsOf(error) };
  } finally {
    await client.close();
  }
};

const marks = { ok: '✓', warning: '!', failed: '✗' } as const;
const printable = (text: string): string => text.replace(/[^\P{C}\n]/gu, '?');

export const edgeText = ({ findings, refusal, requests }: EdgeReport): string =>
  [
    ...findings.flatMap(({ check, state, figure, meaning, seen }) => [
      `  ${marks[state]} ${check.padEnd(14)} ${printable(figure)}  [${seen}]`,
      `${' '.repeat(19)}→ ${printable(meaning)}`,
    ]),
    ...(refusal ? [`  ✗ ${printable(refusal)}`] : []),
    '',
    `${requests.made} of at most ${requests.stated} requests were made.`,
  ].join('\n');
