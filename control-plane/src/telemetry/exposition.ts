/** Figures of several components as one text in Prometheus' exposition format: each family once, with everybody's values. */
import Registry from 'prom-client/lib/registry.js';

/** As prom-client gives them in JSON. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator?: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

export const exposition = async (components: readonly (readonly Family[])[]): Promise<string> => {
  const merged = new Map<string, Family>();
  for (const family of components.flat()) {
    const known = merged.get(family.name);
    merged.set(family.name, known ? { ...known, values: [...known.values, ...family.values] } : family);
  }
  const registry = new Registry();
  for (const family of [...merged.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    registry.registerMetric({ ...family, collect: undefined, get: async () => family } as never);
  }
  return registry.metrics();
};

/** The reply of `/metrics`. */
export const metrics = async (telemetry: { text(): Promise<string> }): Promise<Response> =>
  new Response(await telemetry.text(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
