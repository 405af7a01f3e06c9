/**
 * The line that a person types on a machine to make it a node. Where the control plane has a CA of its own, the line pins it: it downloads the CA, compares its
 * SHA-256, and trusts nothing else from there on. Pure.
 */
import { createHash } from 'node:crypto';
import { PersonError } from '../person-error.ts';

export interface JoinLineInput {
  /** https://HOST:PORT, as machines reach it. */
  readonly server: string;
  /** PEM; absent where the certificate is publicly trusted. */
  readonly caPem?: string | undefined;
  readonly token: string;
}

const serverForm = /^https?:\/\/[A-Za-z0-9.:[\]-]+$/;
const tokenForm = /^[A-Za-z0-9._-]+$/;

/** @throws PersonError for what must not stand in a command line */
export const joinLine = ({ server, caPem, token }: JoinLineInput): string => {
  const origin = server.replace(/\/+$/, '');
  if (!serverForm.test(origin))
    throw new PersonError(`The address ${server} cannot stand in a command line: name another one with --server.`);
  if (!tokenForm.test(token)) throw new PersonError('The server gave a token that cannot stand in a command line.');
  if (!caPem) return `curl -fsSL ${origin}/install.sh | sudo sh -s -- --token ${token}`;
  const sum = createHash('sha256').update(caPem).digest('hex');
  return [
    `ca=$(mktemp) && curl -fsSk ${origin}/kedge/v1/ca.crt -o $ca && echo "${sum}  $ca" | sha256sum -c --status`,
    `curl -fsSL --cacert $ca ${origin}/install.sh | sudo sh -s -- --token ${token}`,
  ].join(' && ');
};

/** User data for a new machine of a cloud: the same line, run once at its first start. Whoever reads the user data can join as long as the token is good. */
export const cloudInit = (line: string): string => {
  const inner = line.replace('| sudo sh', '| sh');
  return `#cloud-config\npackages: [curl, ca-certificates]\nruncmd:\n  - [sh, -c, ${JSON.stringify(inner)}]\n`;
};

/** The address for other machines: loopback is nobody else's way. `addresses`: of this machine, best first. */
export const addressForOthers = (server: string, addresses: readonly string[]): string => {
  const url = new URL(server);
  if (!/^(127\.|localhost$|\[::1\]$|::1$)/.test(url.hostname)) return url.origin;
  const other = addresses.find((address) => /^\d+(\.\d+){3}$/.test(address) && !address.startsWith('127.'));
  if (other) url.hostname = other;
  return url.origin;
};
