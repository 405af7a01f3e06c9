/**
 * Traces by W3C headers: a request that says `traceparent` with the sampled flag is a span of that trace, and so are its calls of the store, of webhooks and of aggregated
 * APIs, which get the header in their turn. Spans are lines of the structured log (`"message":"span"`), with the names of OpenTelemetry's log format. Nobody
 * else's request is traced, and one that is not authenticated is not either: whoever may not ask may not fill the log.
 */
import type { Clock, Logger, Random } from '../platform/ambient.ts';

export interface TraceContext {
  /** 32 hex digits, not all 0. */
  readonly traceId: string;
  /** 16 hex digits, not all 0. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** What is traced now; an AsyncLocalStorage is one. */
export interface TraceScope {
  getStore(): TraceContext | undefined;
  run<T>(context: TraceContext, work: () => T): T;
}

type Attributes = Readonly<Record<string, string | number>>;

export interface Tracer {
  /** Answers a request, as a span if it says so. */
  request(request: Request, answer: () => Promise<Response>): Promise<Response>;
  /** A part of the present request begins; the returned function ends it. */
  begin(name: string): (attributes: Attributes) => void;
  /** For a request that is made on behalf of the present one; none when that is not traced. */
  headers(): Readonly<Record<string, string>>;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MOST_PATH = 256;

/** Undefined for what the recommendation calls invalid. A version to come may say more after what is known. */
export const parseTraceparent = (header: string | null): TraceContext | undefined => {
  const [, version, traceId, spanId, flags, rest] = (header ?? '').match(form) ?? [];
  if (!version || !traceId || !spanId || !flags || version === 'ff' || (version === '00' && rest)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): string => `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export interface TracerOptions {
  readonly scope: TraceScope;
  readonly clock: Clock;
  readonly random: Pick<Random, 'bytes'>;
  readonly log: Pick<Logger, 'info'>;
}

export const createTracer = ({ scope, clock, random, log }: TracerOptions): Tracer => {
  const child = (parent: TraceContext): TraceContext => ({ ...parent, spanId: hex(random.bytes(8)) });
  const say = (span: TraceContext, parent: TraceContext, name: string, startMs: number, attributes: Attributes): void =>
    log.info('span', {
      trace_id: span.traceId,
      span_id: span.spanId,
      parent_span_id: parent.spanId,
      name,
      start: new Date(startMs).toISOString(),
      duration_ms: clock.now() - startMs,
      attributes,
    });
  return {
    request: async (request, answer) => {
      const parent = parseTraceparent(request.headers.get('traceparent'));
      if (!parent?.sampled) return answer();
      const span = child(parent);
      const startMs = clock.now();
      const response = await scope.run(span, answer);
      const { method, url } = request;
      const path = new URL(url).pathname.slice(0, MOST_PATH);
      if (response.status !== 401) say(span, parent, method, startMs, { 'url.path': path, 'http.response.status_code': response.status });
      return response;
    },
    begin: (name) => {
      const parent = scope.getStore();
      if (!parent) return () => {};
      const span = child(parent);
      const startMs = clock.now();
      return (attributes) => say(span, parent, name, startMs, attributes);
    },
    headers: (): Readonly<Record<string, string>> => {
      const present = scope.getStore();
      return present ? { traceparent: formatTraceparent(present) } : {};
    },
  };
};
