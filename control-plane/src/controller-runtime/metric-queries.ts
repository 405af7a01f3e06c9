/**
 * Asks the metrics APIs of the cluster what decisions will want to know. The newest version that something serves answers; one question that fails, or
 * takes too long, costs only itself.
 */
import { type MetricAnswer, type MetricQuery, queryKey } from './measurements.ts';

/** A GET of the cluster's own API below an APIService; undefined: nobody serves the group and version. */
export type MetricsCall = (
  path: string,
  init?: { readonly timeoutMs?: number },
) => Promise<{ readonly status: number; readonly body: unknown } | undefined>;

const versions: Readonly<Record<string, readonly string[]>> = {
  'custom.metrics.k8s.io': ['v1beta2', 'v1beta1'],
  'external.metrics.k8s.io': ['v1beta1'],
};
const TIMEOUT_MS = 5_000;
const AT_ONCE = 4;
/** Asked at a time; the others keep their answers and come first the next time. */
const MAX_QUERIES = 16;

const messageOf = ({ status, body }: { readonly status: number; readonly body: unknown }): string => {
  const { message } = (typeof body === 'object' && body !== null ? body : {}) as { readonly message?: unknown };
  return typeof message === 'string' && message !== '' ? message.slice(0, 500) : `the server answered with status ${status}`;
};

const ask = async ({ group, path }: MetricQuery, call: MetricsCall): Promise<MetricAnswer> => {
  try {
    for (const version of versions[group] ?? []) {
      const reply = await call(`/apis/${group}/${version}${path}`, { timeoutMs: TIMEOUT_MS });
      if (reply) return reply.status === 200 ? { body: reply.body } : { problem: messageOf(reply) };
    }
    return { problem: `no API ${group} is registered` };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
};

export type MetricAnswers = ReadonlyMap<string, MetricAnswer>;

/** Answers by queryKey, the oldest first: `known` ones that are still wanted, as far as they were not asked anew. Never throws. */
export const askMetrics = async (
  queries: readonly MetricQuery[],
  call: MetricsCall,
  known: MetricAnswers = new Map(),
): Promise<MetricAnswers> => {
  const wanted = new Map(queries.map((query) => [queryKey(query), query]));
  const kept = [...known.keys()].filter((key) => wanted.has(key));
  const fresh = [...wanted.keys()].filter((key) => !known.has(key));
  const next = [...fresh, ...kept].slice(0, MAX_QUERIES);
  const open = next.map((key) => wanted.get(key)!);
  const answers = new Map(kept.filter((key) => !next.includes(key)).map((key) => [key, known.get(key)!]));
  const work = async (): Promise<void> => {
    for (let query = open.shift(); query; query = open.shift()) answers.set(queryKey(query), await ask(query, call));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
};
