/** HTTPS to the outside on Node.js, with the CA that the caller names. */
import { request as secure } from 'node:https';
import { Readable } from 'node:stream';
import type { Outbound } from '../../relay/outbound.ts';

export const nodeOutbound: Outbound = async (request, { ca }) => {
  const body = Buffer.from(await request.arrayBuffer());
  const { method, signal } = request;
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(request.headers), 'content-length': String(body.byteLength) };
    const sent = secure(request.url, { method, headers, signal, ...(ca === undefined ? {} : { ca }) });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      const pairs = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, [value].flat().join(', ')]);
      const status = answer.statusCode ?? 502;
      if (status === 204 || status === 304) answer.resume();
      const content = status === 204 || status === 304 ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
      resolve(new Response(content, { status: status < 200 ? 502 : status, headers: pairs }));
    });
    sent.end(body);
  });
};
