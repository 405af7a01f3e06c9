/** Requests to a cluster's API with the kubeconfig of its folder, for commands that speak to a running control plane. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Agent, fetch as undiciFetch } from 'undici';
import { parse } from 'yaml';
import { PersonError } from '../person-error.ts';

export interface ApiAccess {
  readonly server: string;
  readonly caPem: string | undefined;
  readonly token: string;
}

/**
 * Where kubectl would look, and before that the cluster of this folder: `--kubeconfig`, a folder that is named (--dir, KEDGE_DIR), KUBECONFIG, the folder that merely
 * is there, ~/.kube/config. A `--context` is one of KUBECONFIG.
 */
export const kubeconfigPath = (
  options: Readonly<Record<string, string>>,
  folderKubeconfig: string,
  env: NodeJS.ProcessEnv = process.env,
): string => {
  const ofFolder = options.context === undefined && folderKubeconfig !== resolve('.kedge', 'kubeconfig') && existsSync(folderKubeconfig);
  const named =
    options.kubeconfig ??
    (ofFolder ? folderKubeconfig : undefined) ??
    env.KUBECONFIG?.split(':').find((path) => path !== '' && existsSync(path));
  if (named !== undefined) return named;
  const home = join(homedir(), '.kube/config');
  return !existsSync(folderKubeconfig) && existsSync(home) ? home : folderKubeconfig;
};

/** What a context of a kubeconfig says; default: the current one. @throws PersonError */
export const accessOf = (path: string, contextName?: string): ApiAccess => {
  let config: any;
  try {
    config = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new PersonError(`Cannot read the kubeconfig ${path}: ${(error as Error).message}`);
  }
  const named = (list: any[] | undefined, name: string) => list?.find((entry) => entry.name === name);
  const beside = (file: string): string => {
    const full = resolve(dirname(path), file);
    try {
      return readFileSync(full, 'utf8');
    } catch (error) {
      throw new PersonError(`${path} names ${full}, which cannot be read: ${(error as Error).message}`);
    }
  };
  const context = named(config.contexts, contextName ?? config['current-context'])?.context;
  if (!context && contextName !== undefined) throw new PersonError(`${path} has no context ${JSON.stringify(contextName)}.`);
  const cluster = named(config.clusters, context?.cluster)?.cluster;
  const user = named(config.users, context?.user)?.user;
  const token = user?.token ?? (user?.tokenFile ? beside(user.tokenFile).trim() : undefined);
  if (!cluster?.server || !token)
    throw new PersonError(`${path} names no server and token in its ${contextName ? 'context' : 'current context'}.`);
  const ca = cluster['certificate-authority-data'];
  const caFile = cluster['certificate-authority'];
  const caPem = ca ? Buffer.from(ca, 'base64').toString('utf8') : caFile ? beside(caFile) : undefined;
  return { server: cluster.server, caPem, token };
};

/** The server's answer was a failure. */
export class Refused extends PersonError {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Api {
  /** The parsed JSON. @throws Refused with the server's words, PersonError when there is no answer */
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<any>;
  close(): Promise<void>;
}

const answerOf = async (response: { readonly ok: boolean; readonly status: number; text(): Promise<string> }): Promise<any> => {
  const text = await response.text();
  let value: any;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PersonError(`The server answered ${response.status} with something that is not JSON.`);
  }
  if (!response.ok) throw new Refused(response.status, `The server refused: ${value?.message ?? `status ${response.status}`}`);
  return value;
};

const strangeCa: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

export const createApi = ({ server, caPem, token }: ApiAccess): Api => {
  const dispatcher = new Agent({ connect: caPem === undefined ? {} : { ca: caPem } });
  return {
    call: async (method, path, body, contentType = 'application/json') => {
      const response = await undiciFetch(new URL(path, server), {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${token}`, 'content-type': contentType, 'user-agent': 'kedge' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: Error) => {
        const cause = error.cause instanceof Error ? error.cause.message : error.message;
        if (strangeCa.has((error.cause as NodeJS.ErrnoException | undefined)?.code ?? ''))
          throw new PersonError(
            caPem === undefined
              ? `${server} has a certificate of a CA of its own: name that with --ca FILE (the line of \`kedge token create --join\` fetches and checks it).`
              : `${server} has a certificate of another CA than the one named here: is it another cluster, or one that was made anew?`,
          );
        throw new PersonError(`Cannot reach ${server}: ${cause}. Does it run? \`kedge doctor\` looks for the reason.`);
      });
      return answerOf(response);
    },
    close: () => dispatcher.close(),
  };
};
