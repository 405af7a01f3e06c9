/** Secrets that hold tokens: filled, and removed when they are over or their account is gone. Each looks into the Secret as it is now, not as it was decided from. */
import { secrets } from '#schema/core/secret.ts';
import { decodeBase64 } from '#schema/dsl/base64.ts';
import { decodeUtf8 } from '#schema/dsl/utf8.ts';
import type { KubeObject } from '#schema/resource.ts';
import { accountTokenType, type FillDeps, fillAccountToken } from '../auth/legacy-tokens.ts';
import { bootstrapType, expiryOf } from '../auth/token-secrets.ts';
import type { Change } from '../controller-runtime/controller.ts';
import type { TaskPerformer } from '../controller-runtime/tasks.ts';
import type { ApiRegistry } from '../registry/create.ts';

type Deps = FillDeps & { readonly registry: Pick<ApiRegistry, 'bodies'> };

/** The Secret, readable, if it is still the one that was decided about. */
const open = async ({ platform, registry }: Deps, { metadata }: KubeObject): Promise<any> => {
  const stored = await platform.store.get({ resource: 'core/secrets', namespace: metadata.namespace ?? '', name: metadata.name ?? '' });
  if (!stored || stored.uid !== metadata.uid) return undefined;
  const secret = JSON.parse(await registry.bodies.open(stored, stored.body));
  if (secret.metadata.deletionTimestamp) return undefined;
  secret.metadata.resourceVersion = String(stored.revision);
  return secret;
};

const removal = ({ apiVersion, kind, metadata }: KubeObject): Change => {
  const { name, namespace, uid, resourceVersion } = metadata as Required<KubeObject['metadata']>;
  const object = { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } } as KubeObject;
  return { op: 'delete', definition: secrets, object, request: { preconditions: { uid, resourceVersion } } };
};

export const expireBootstrapToken =
  (deps: Deps): TaskPerformer =>
  async (object, nowMs) => {
    const secret = await open(deps, object);
    const expiration = secret?.type === bootstrapType ? secret.data?.expiration : undefined;
    const endMs = typeof expiration === 'string' ? expiryOf(decodeUtf8(decodeBase64(expiration))) : undefined;
    if (endMs === undefined) return {};
    return endMs <= nowMs ? { changes: [removal(secret)] } : { requeueAtMs: endMs };
  };

export const fillToken =
  (deps: Deps): TaskPerformer =>
  async (object) => {
    const secret = await open(deps, object);
    if (secret) await fillAccountToken(deps, secret);
    return {};
  };

export const removeAccountToken =
  (deps: Deps): TaskPerformer =>
  async (object) => {
    const secret = await open(deps, object);
    return secret?.type === accountTokenType ? { changes: [removal(secret)] } : {};
  };
