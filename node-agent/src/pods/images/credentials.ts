/** Which of a pod's image pull secrets opens the registry of an image. */
import type { Pod } from '#schema/core/pod.ts';
import type { Secret } from '#schema/core/secret.ts';
import type { ServiceAccount } from '#schema/core/service-account.ts';

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

interface AuthEntry {
  readonly username?: string;
  readonly password?: string;
  /** base64 of user:password */
  readonly auth?: string;
}

const HUB = 'docker.io';

/** `nginx` -> docker.io, `localhost:5000/a` -> localhost:5000. */
export const registryOf = (image: string): string => {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  return first.includes('.') || first.includes(':') || first === 'localhost' ? first : HUB;
};

const host = (key: string): string => {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return bare === 'index.docker.io' || bare === 'registry-1.docker.io' ? HUB : bare;
};

const credentialsOf = (entry: AuthEntry): RegistryCredentials | undefined => {
  if (entry.username !== undefined && entry.password !== undefined) return { username: entry.username, password: entry.password };
  const [username, ...password] = Buffer.from(entry.auth ?? '', 'base64')
    .toString()
    .split(':');
  return username ? { username, password: password.join(':') } : undefined;
};

const entriesOf = (secret: Secret): Record<string, AuthEntry> => {
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  try {
    if (secret.data?.['.dockerconfigjson'])
      return (JSON.parse(text('.dockerconfigjson')) as { auths?: Record<string, AuthEntry> }).auths ?? {};
    if (secret.data?.['.dockercfg']) return JSON.parse(text('.dockercfg')) as Record<string, AuthEntry>;
  } catch {
    // Not JSON: it opens nothing.
  }
  return {};
};

interface Objects {
  secret(name: string): Secret | undefined;
  serviceAccount(name: string): ServiceAccount | undefined;
}

/** Those of the pod, else those of its account. */
const pullSecretsOf = (pod: Pod, { serviceAccount }: Objects): string[] => {
  const own = pod.spec.imagePullSecrets ?? [];
  const named = own.length > 0 ? own : (serviceAccount(pod.spec.serviceAccountName || 'default')?.imagePullSecrets ?? []);
  return named.map(({ name }) => name ?? '');
};

/** Names of pull secrets that are not there. */
export const missingPullSecrets = (pod: Pod, objects: Objects): string[] =>
  pullSecretsOf(pod, objects).filter((name) => name && !objects.secret(name));

/** The first that fits, in the pod's order. */
export const pullCredentials = (pod: Pod, image: string, objects: Objects): RegistryCredentials | undefined => {
  for (const name of pullSecretsOf(pod, objects)) {
    const secret = objects.secret(name);
    for (const [key, entry] of Object.entries(secret ? entriesOf(secret) : {})) {
      const found = host(key) === registryOf(image) ? credentialsOf(entry) : undefined;
      if (found) return found;
    }
  }
  return undefined;
};
