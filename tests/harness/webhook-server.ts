/** An HTTPS server on loopback that answers each POST with what the test says: webhooks of all sorts. Neighbour: test-authority.ts. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type ServerCertificate, serverCertificate } from './test-authority.ts';

export interface WebhookServer extends ServerCertificate {
  /** Without a path. */
  readonly url: string;
  /** Bodies in the order they came, with their paths. */
  readonly heard: { readonly path: string; readonly body: any }[];
  /** Answers by path; a path without one never answers. */
  readonly answers: Record<string, (body: any) => unknown>;
  close(): Promise<void>;
}

export const startWebhookServer = async (): Promise<WebhookServer> => {
  const certificate = await serverCertificate(['127.0.0.1']);
  const heard: WebhookServer['heard'] = [];
  const answers: WebhookServer['answers'] = {};
  const server: Server = createServer({ cert: certificate.cert, key: certificate.key }, async (request, response) => {
    const path = (request.url ?? '').split('?')[0]!;
    const body = await json(request).catch(() => undefined);
    heard.push({ path, body });
    const answer = answers[path]?.(body);
    if (answer === undefined) return;
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...certificate,
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

/** The answer of an admission webhook. */
export const review = (body: any, response: Record<string, unknown>): unknown => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: body.request.uid, allowed: true, ...response },
});

export const patchOf = (...operations: readonly object[]): Record<string, unknown> => ({
  patchType: 'JSONPatch',
  patch: btoa(JSON.stringify(operations)),
});
