/** An API server and the webhooks it asks, for tests: the real one, and a real HTTPS server with a CA of its own. */

import { createWorld, type World } from '#control-plane/apiserver/testing.ts';
import { nodeOutbound } from '#control-plane/platform/node/outbound.ts';
import type { Turns } from '#control-plane/registry/turns.ts';
import { review, startWebhookServer, type WebhookServer } from './webhook-server.ts';

const group = '/apis/admissionregistration.k8s.io/v1';

export interface HookOptions {
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
  readonly [field: string]: unknown;
}

export interface HookWorld {
  readonly world: World;
  readonly server: WebhookServer;
  /** A webhook at a path of the server, asked about creates of pods. */
  hook(path: string, options?: HookOptions): object;
  configure(kind: 'mutating' | 'validating', name: string, ...webhooks: object[]): Promise<void>;
  answers(path: string, response: (body: any) => Record<string, unknown>): void;
  /** Requests that came to a path. */
  sent(path: string): any[];
  /** Takes all configurations and answers away. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export const createHookWorld = async (options: { readonly turns?: Turns } = {}): Promise<HookWorld> => {
  const [world, server] = await Promise.all([createWorld({ ...options, outbound: nodeOutbound }), startWebhookServer()]);
  const made: string[] = [];
  return {
    world,
    server,
    hook: (path, { operations = ['CREATE'], resources = ['pods'], ...more } = {}) => ({
      name: `${path.slice(1)}.example.com`,
      clientConfig: { url: `${server.url}${path}`, caBundle: server.caBundle },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources, operations }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...more,
    }),
    configure: async (kind, name, ...webhooks) => {
      await world.create(`${group}/${kind}webhookconfigurations`, { metadata: { name }, webhooks });
      made.push(`${group}/${kind}webhookconfigurations/${name}`);
    },
    answers: (path, response) => {
      server.answers[path] = (body) => review(body, response(body));
    },
    sent: (path) => server.heard.filter((one) => one.path === path).map(({ body }) => body.request),
    reset: async () => {
      for (const path of made.splice(0)) await world.call('DELETE', path);
      for (const path of Object.keys(server.answers)) delete server.answers[path];
      server.heard.length = 0;
    },
    close: async () => {
      await world.close();
      await server.close();
    },
  };
};
