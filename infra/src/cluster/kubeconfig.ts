/** The kubeconfig of a cluster (0600): one context `kedge`, the CA inside, and the admin token, which stands nowhere else. */
import { parse, stringify } from 'yaml';

interface KubeconfigInput {
  readonly server: string;
  /** Absent where the certificate is publicly trusted. */
  readonly caPem?: string;
  readonly token: string;
}

export const kubeconfigText = ({ server, caPem, token }: KubeconfigInput): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'kedge',
    clusters: [
      { name: 'kedge', cluster: { server, ...(caPem ? { 'certificate-authority-data': Buffer.from(caPem).toString('base64') } : {}) } },
    ],
    contexts: [{ name: 'kedge', context: { cluster: 'kedge', user: 'kedge-admin' } }],
    users: [{ name: 'kedge-admin', user: { token } }],
    preferences: {},
  });

interface Kubeconfig {
  clusters?: { name?: string; cluster?: { server?: string; 'certificate-authority-data'?: string } }[];
  users?: { name?: string; user?: { token?: string } }[];
}

const read = (text: string): Kubeconfig => {
  try {
    return (parse(text) as Kubeconfig | null) ?? {};
  } catch {
    return {};
  }
};

/** The admin token of a kubeconfig this command wrote, also after `kubectl config` has rewritten it; undefined when it is not there. */
export const tokenOf = (text: string): string | undefined => read(text).users?.find(({ name }) => name === 'kedge-admin')?.user?.token;

/** True when the text leads to this server with this CA and token, whatever else a person has put into it. */
export const leadsTo = (text: string, { server, caPem, token }: KubeconfigInput): boolean => {
  const cluster = read(text).clusters?.find(({ name }) => name === 'kedge')?.cluster;
  const ca = caPem === undefined ? undefined : Buffer.from(caPem).toString('base64');
  return cluster?.server === server && cluster['certificate-authority-data'] === ca && tokenOf(text) === token;
};
