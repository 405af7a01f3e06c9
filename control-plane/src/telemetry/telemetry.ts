/**
 * What the control plane counts of itself, for `/metrics`. One Telemetry a component: the whole process on Node.js; the Worker, the hub and the loop on
 * Workers, each with the figures of its own isolate since that began. Labels come from the catalog and from our own code alone, never from a request, so
 * nobody can make them grow.
 */
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import type { Clock } from '../platform/ambient.ts';
import { exposition, type Family } from './exposition.ts';
import type { Tracer } from './trace.ts';

/** What a request addresses. */
interface Named {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

/** One API request on its way. */
export interface RequestTelemetry {
  /** What it asks for is something that is served. */
  names(target: Named, verb: string): void;
  ended(code: number): void;
}

/** One pass of the control loop. */
export interface PassReport {
  readonly decided: number;
  readonly written: number;
  readonly failed: boolean;
  /** Keys that are ready now. */
  readonly depth: number;
}

export interface Telemetry {
  request(): RequestTelemetry;
  /** A call of the store begins; the returned function ends it. `outcome`: `ok` or the reason of the StoreError. */
  storeCall(call: string): (outcome: string, objects: { readonly read?: number; readonly written?: number }) => void;
  /** A pass begins; the returned function ends it. */
  pass(): (report: PassReport) => void;
  /** Watchers were handed what was committed `ms` before. */
  watched(ms: number): void;
  /** An event or call that reached this component from outside: what Cloudflare counts as a request to an object. */
  event(name: string): void;
  /** A figure that is read when somebody asks for it: label values and the number, for each. */
  gauge(name: string, help: string, label: string, read: () => Promise<ReadonlyMap<string, number>>): void;
  /** Figures of this component alone. */
  families(): Promise<Family[]>;
  /** The text of `/metrics`, other components included. */
  text(): Promise<string>;
}

export interface TelemetryOptions {
  readonly component: string;
  readonly clock: Clock;
  /** Calls of the store are parts of what it traces. */
  readonly tracer?: Tracer;
  /** Figures of components elsewhere. One that does not answer is left out. */
  readonly others?: readonly (() => Promise<Family[]>)[];
}

/** As the API server of Kubernetes has them. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const workBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Streams, whose length says nothing. */
const longRunning: ReadonlySet<string> = new Set(['WATCH', 'CONNECT']);
const streams: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);
const verbNames: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };

export const createTelemetry = ({ component, clock, tracer, others = [] }: TelemetryOptions): Telemetry => {
  const registry = new Registry();
  registry.setDefaultLabels({ component });
  const registers = [registry];
  const asked = ['verb', 'group', 'version', 'resource', 'subresource'] as const;
  const requests = new Counter({
    ...{ registers, name: 'apiserver_request_total', labelNames: [...asked, 'code'] as const },
    help: 'Requests by what they asked for and how they were answered; requests for nothing that is served have empty labels.',
  });
  const durations = new Histogram({
    ...{ registers, name: 'apiserver_request_duration_seconds', labelNames: asked, buckets: requestBuckets },
    help: 'From the arrival of a request to the head of its reply. Watches and streams are left out.',
  });
  const inflight = new Gauge({ registers, name: 'apiserver_current_inflight_requests', help: 'Requests that have no reply yet.' });
  const storeCalls = new Counter({
    ...{ registers, name: 'kedge_store_calls_total', labelNames: ['call', 'outcome'] as const },
    help: 'Calls of the store.',
  });
  const storeDurations = new Histogram({
    ...{ registers, name: 'kedge_store_call_duration_seconds', labelNames: ['call'] as const, buckets: workBuckets },
    help: 'Time of a call of the store.',
  });
  const storeObjects = new Counter({
    ...{ registers, name: 'kedge_store_objects_total', labelNames: ['direction'] as const },
    help: 'Objects read from the store and written to it.',
  });
  const passes = new Histogram({
    ...{ registers, name: 'kedge_loop_pass_duration_seconds', buckets: workBuckets },
    help: 'Time of a pass of the control loop: rounds of decisions and their writes until nothing is ready.',
  });
  const decisions = new Counter({
    ...{ registers, name: 'kedge_loop_keys_total', labelNames: ['result'] as const },
    help: 'Keys that were reconciled, changes that were written, passes that failed.',
  });
  const depth = new Gauge({ registers, name: 'workqueue_depth', labelNames: ['name'] as const, help: 'Keys that wait to be reconciled.' });

  const watchLag = new Histogram({
    ...{ registers, name: 'kedge_watch_lag_seconds', buckets: workBuckets },
    help: 'From a commit until the last of the watches that wait for it was handed it.',
  });
  const events = new Counter({
    ...{ registers, name: 'kedge_object_events_total', labelNames: ['event'] as const },
    help: 'Calls, alarms and socket messages that reached a Durable Object.',
  });

  const sinceSeconds = (startMs: number): number => Math.max(0, clock.now() - startMs) / 1000;

  const families = async (): Promise<Family[]> => (await registry.getMetricsAsJSON()) as unknown as Family[];

  return {
    request: () => {
      const startMs = clock.now();
      let labels = { verb: '', group: '', version: '', resource: '', subresource: '' };
      inflight.inc();
      return {
        names: ({ group, version, resource, subresource }, verb) => {
          const named = streams.has(subresource) ? 'CONNECT' : (verbNames[verb] ?? verb.toUpperCase());
          labels = { verb: named, group, version, resource, subresource };
        },
        ended: (code) => {
          inflight.dec();
          requests.inc({ ...labels, code: String(code) });
          if (labels.verb && !longRunning.has(labels.verb)) durations.observe(labels, sinceSeconds(startMs));
        },
      };
    },
    storeCall: (call) => {
      const startMs = clock.now();
      const traced = tracer?.begin(`store.${call}`);
      return (outcome, { read = 0, written = 0 }) => {
        traced?.({ outcome, read, written });
        storeCalls.inc({ call, outcome });
        storeDurations.observe({ call }, sinceSeconds(startMs));
        if (read > 0) storeObjects.inc({ direction: 'read' }, read);
        if (written > 0) storeObjects.inc({ direction: 'written' }, written);
      };
    },
    pass: () => {
      const startMs = clock.now();
      return ({ decided, written, failed, depth: waiting }) => {
        passes.observe(sinceSeconds(startMs));
        decisions.inc({ result: 'reconciled' }, decided);
        decisions.inc({ result: 'written' }, written);
        if (failed) decisions.inc({ result: 'failed' });
        depth.set({ name: 'loop' }, waiting);
      };
    },
    watched: (ms) => watchLag.observe(ms / 1000),
    event: (name) => events.inc({ event: name }),
    gauge: (name, help, label, read) => {
      const gauge = new Gauge({
        ...{ registers, name, help, labelNames: [label] },
        async collect() {
          this.reset();
          for (const [value, figure] of await read()) this.set({ [label]: value }, figure);
        },
      });
      void gauge;
    },
    families,
    text: async () => {
      const elsewhere = await Promise.all(others.map((other) => other().catch(() => [])));
      return exposition([await families(), ...elsewhere]);
    },
  };
};
