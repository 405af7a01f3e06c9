/** Requests to a cluster's API with the kubeconfig of its folder, for commands that speak to a running control plane. */
import { readFileSync } from 'node:fs';
import { Agent, fetch as undiciFetch } from 'undici';
import { parse } from 'yaml';
import { PersonError } from '../person-error.ts';

export interface ApiAccess {
  readonly server: string;
  readonly caPem: string | undefined;
  readonly token: string;
}

/** What the current context of a kubeconfig says. @throws PersonError */
export const accessOf = (path: string): ApiAccess => {
  let config: any;
  try {
    config = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new PersonError(`Cannot read the kubeconfig ${path}: ${(error as Error).message}`);
  }
  const named = (list: any[] | undefined, name: string) => list?.find((entry) => entry.name === name);
  const context = named(config.contexts, config['current-context'])?.context;
  const cluster = named(config.clusters, context?.cluster)?.cluster;
  const token = named(config.users, context?.user)?.user?.token;
  if (!cluster?.server || !token) throw new PersonError(`${path} names no server and token in its current context.`);
  const ca = cluster['certificate-authority-data'];
  return { server: cluster.server, caPem: ca ? Buffer.from(ca, 'base64').toString('utf8') : undefined, token };
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
  call(method: string, path: string, body?: unknown): Promise<any>;
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

export const createApi = ({ server, caPem, token }: ApiAccess): Api => {
  const dispatcher = new Agent({ connect: caPem === undefined ? {} : { ca: caPem } });
  return {
    call: async (method, path, body) => {
      const response = await undiciFetch(new URL(path, server), {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'kedge' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: Error) => {
        const cause = error.cause instanceof Error ? error.cause.message : error.message;
        throw new PersonError(`Cannot reach ${server}: ${cause}`);
      });
      return answerOf(response);
    },
    close: () => dispatcher.close(),
  };
};
