import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTracer, formatTraceparent, parseTraceparent, type TraceContext, type Tracer } from './trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const header = `00-${traceId}-${spanId}-01`;

describe('traceparent', () => {
  it.each([
    [header, { traceId, spanId, sampled: true }],
    [`00-${traceId}-${spanId}-00`, { traceId, spanId, sampled: false }],
    [`00-${traceId}-${spanId}-03`, { traceId, spanId, sampled: true }],
    [`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`, { traceId, spanId, sampled: true }],
  ])('%s is understood', (text, context) => expect(parseTraceparent(text)).toEqual(context));

  it.each([
    null,
    '',
    'x'.repeat(100_000),
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${spanId}-01`,
  ])('%s is nobody', (text) => expect(parseTraceparent(text)).toBeUndefined());

  it('is written as it is read', () => expect(formatTraceparent(parseTraceparent(header)!)).toBe(header));
});

describe('a tracer', () => {
  let lines: Record<string, unknown>[];
  let tracer: Tracer;
  let nowMs: number;
  beforeEach(() => {
    lines = [];
    nowMs = Date.parse('2026-01-01T00:00:00Z');
    let serial = 0;
    tracer = createTracer({
      scope: new AsyncLocalStorage<TraceContext>(),
      clock: { now: () => nowMs },
      random: { bytes: (length) => new Uint8Array(length).fill(++serial) },
      log: { info: (message, fields) => lines.push({ message, ...fields }) },
    });
  });
  const asked = (traceparent?: string, path = '/api/v1/pods') =>
    new Request(`https://kedge.test${path}`, traceparent ? { headers: { traceparent } } : {});

  it('makes a span of the request and of its parts, each below the other', async () => {
    let passedOn: Record<string, string> = {};
    await tracer.request(asked(header), async () => {
      const ended = tracer.begin('store.list');
      nowMs += 3;
      passedOn = tracer.headers();
      ended({ outcome: 'ok' });
      return new Response('', { status: 200 });
    });
    const [part, whole] = lines;
    expect(whole).toEqual({
      ...{ message: 'span', trace_id: traceId, span_id: '0101010101010101', parent_span_id: spanId, name: 'GET' },
      ...{ start: '2026-01-01T00:00:00.000Z', duration_ms: 3 },
      attributes: { 'url.path': '/api/v1/pods', 'http.response.status_code': 200 },
    });
    expect(part).toMatchObject({
      name: 'store.list',
      parent_span_id: '0101010101010101',
      trace_id: traceId,
      attributes: { outcome: 'ok' },
    });
    expect(passedOn).toEqual({ traceparent: `00-${traceId}-0101010101010101-01` });
  });

  it.each([undefined, `00-${traceId}-${spanId}-00`, 'nonsense'])('leaves a request with %s alone', async (traceparent) => {
    await tracer.request(asked(traceparent), async () => {
      tracer.begin('store.list')({});
      expect(tracer.headers()).toEqual({});
      return new Response('');
    });
    expect(lines).toEqual([]);
  });

  it('says nothing of a request that nobody vouches for, and bounds what it says of a path', async () => {
    await tracer.request(asked(header), async () => new Response('', { status: 401 }));
    expect(lines).toEqual([]);
    await tracer.request(asked(header, `/${'x'.repeat(10_000)}`), async () => new Response('', { status: 404 }));
    expect((lines[0]!.attributes as Record<string, string>)['url.path']).toHaveLength(256);
  });
});
