/** Which answers are compressed, and that they say the same. */
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressed } from './compression.ts';

const asking = (encoding?: string): Request =>
  new Request('https://kedge.test/', { headers: encoding === undefined ? {} : { 'accept-encoding': encoding } });
const large = JSON.stringify({ items: Array.from({ length: 20_000 }, (_, i) => `item ${i}`) });
const answer = (body: BodyInit, headers: Record<string, string> = {}): Response =>
  new Response(body, { status: 201, headers: { 'content-type': 'application/json', ...headers } });
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

test.each(['gzip', 'br, gzip', '*', 'gzip;q=0.5', 'GZIP'])('a large answer for %s is compressed', async (encoding) => {
  const response = await compressed(asking(encoding), answer(large));
  expect([response.status, response.headers.get('content-encoding'), response.headers.get('vary')]).toEqual([
    201,
    'gzip',
    'Accept-Encoding',
  ]);
  expect(gunzipSync(await bytesOf(response)).toString()).toBe(large);
});

test.each([undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.0', 'identity'])('a large answer for %s is not', async (encoding) => {
  const response = await compressed(asking(encoding), answer(large));
  expect(response.headers.get('content-encoding')).toBeNull();
  expect(await response.text()).toBe(large);
});

test('small answers, other documents and streams of events are sent as they are', async () => {
  const small = await compressed(asking('gzip'), answer('{"a":1}', { etag: '"x"' }));
  expect([small.headers.get('content-encoding'), small.headers.get('etag'), await small.text()]).toEqual([null, '"x"', '{"a":1}']);
  const log = answer(large, { 'content-type': 'text/plain' });
  expect(await compressed(asking('gzip'), log)).toBe(log);
  const events = answer(large, { 'content-encoding': 'identity' });
  expect(await compressed(asking('gzip'), events)).toBe(events);
});

test('a body in pieces is whole again, and is given up when the client goes', async () => {
  let sent = 0;
  let cancelled = false;
  const pieces = (count: number): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode(`${sent++},`.repeat(10_000)));
        if (sent === count) controller.close();
      },
      cancel: () => {
        cancelled = true;
      },
    });
  const whole = await compressed(asking('gzip'), answer(pieces(20)));
  expect(gunzipSync(await bytesOf(whole)).toString()).toBe(Array.from({ length: 20 }, (_, i) => `${i},`.repeat(10_000)).join(''));
  const left = await compressed(asking('gzip'), answer(pieces(1_000_000)));
  await left.body!.cancel();
  await expect.poll(() => cancelled).toBe(true);
});
