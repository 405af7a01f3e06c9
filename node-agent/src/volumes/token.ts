/**
 * Tokens of a pod's service account, bound to the pod, renewed at 80 % of their life. While the API cannot be reached the token on disk serves on: a pod
 * cut off from its control plane must still be able to restart a container.
 */
import { readFile } from 'node:fs/promises';
import type { Pod } from '#schema/core/pod.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type VolumeContext, VolumeError } from './volume.ts';

export interface TokenWish {
  /** '' is the API server's own audience. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface Token {
  readonly token: string;
  readonly refreshAtMs: number;
}

const RETRY_MS = 30_000;

/** By pod uid and wish; lives as long as the agent. */
export class TokenCache {
  readonly #tokens = new Map<string, Token>();

  /** `present`: file that may hold an older token of the same wish. @throws VolumeError when there is none and none can be had. */
  async get(wish: TokenWish, context: VolumeContext, present: string): Promise<Token> {
    const key = `${context.pod.metadata.uid}/${wish.audience}/${wish.expirationSeconds}`;
    const now = context.clock.now();
    const cached = this.#tokens.get(key);
    if (cached && cached.refreshAtMs > now) return cached;
    let fresh: Token;
    try {
      fresh = await requestToken(context, context.pod, wish);
    } catch (error) {
      const old = cached?.token ?? (await readFile(present, 'utf8').catch(() => undefined));
      if (old === undefined) throw new VolumeError(`failed to fetch token: ${(error as Error).message}`);
      fresh = { token: old, refreshAtMs: now + RETRY_MS };
    }
    this.#tokens.set(key, fresh);
    return fresh;
  }

  forget(podUid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${podUid}/`)) this.#tokens.delete(key);
  }
}

const requestToken = async (context: VolumeContext, pod: Pod, wish: TokenWish): Promise<Token> => {
  const { name, uid, namespace } = pod.metadata;
  const account = pod.spec.serviceAccountName || 'default';
  const response = await context.api.request(`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(wish.audience ? { audiences: [wish.audience] } : {}),
        expirationSeconds: wish.expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    }),
  });
  const body = (await response.json()) as { message?: string; status?: { token?: string; expirationTimestamp?: string } };
  if (!response.ok || !body.status?.token) throw new Error(body.message ?? `HTTP ${response.status}`);
  const now = context.clock.now();
  const expires = parseTime(body.status.expirationTimestamp ?? '');
  const life = Number.isNaN(expires) ? wish.expirationSeconds * 1000 : expires - now;
  return { token: body.status.token, refreshAtMs: now + Math.max(life * 0.8, 10_000) };
};
