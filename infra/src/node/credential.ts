/**
 * The node's credential: got for a join token, renewed by the node itself after a third of its life, kept in files that only root reads. The key of what the
 * node serves inside the cluster is made here and never leaves the machine; the control plane signs its certificate.
 */
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type Api, createApi } from '../backup/api.ts';
import { readJson, readText, writePrivate, writePrivateJson } from '../cluster/folder.ts';
import { addressAt, serviceNames } from '../pki/names.ts';
import type { StateFiles } from './layout.ts';
import { machineProof } from './machine.ts';

const crypto = webcrypto as unknown as Crypto;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What the control plane answers to a join and to a renewal. */
export interface NodeCredential {
  readonly nodeName: string;
  readonly token: string;
  /** RFC 3339. */
  readonly expires: string;
  readonly version: string;
  readonly clusterUid: string;
  readonly serviceCIDR: string;
  readonly clusterDNS: string;
  readonly clusterDomain: string;
  /** PEM. */
  readonly servingCertificate?: string;
}

/** Kept beside the token. */
export interface CredentialState {
  readonly expires: string;
  /** Unix ms. */
  readonly renewAfterMs: number;
}

interface ServingRequest {
  readonly keyPem: string;
  readonly request: string;
}

/** A key and a request for the names of the `kubernetes` Service. */
const servingRequest = async (serviceCIDR: string): Promise<ServingRequest> => {
  x509.cryptoProvider.set(crypto);
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { dns, ips } = serviceNames(serviceCIDR);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=kubernetes',
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...dns.map((value) => ({ type: 'dns' as const, value })),
        ...ips.map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { keyPem: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`, request: request.toString('pem') };
};

/** Written so that a power cut leaves the old credential or the new one. */
const keep = (files: StateFiles, issued: NodeCredential, keyPem: string | undefined, nowMs: number): void => {
  if (issued.servingCertificate && keyPem) {
    writePrivate(files.servingKey, keyPem);
    writePrivate(files.servingCert, issued.servingCertificate);
  }
  writePrivate(files.token, `${issued.token}\n`);
  const renewAfterMs = nowMs + (Date.parse(issued.expires) - nowMs) / 3;
  writePrivateJson(files.credential, { expires: issued.expires, renewAfterMs } satisfies CredentialState);
};

export interface ExchangeInput {
  readonly server: string;
  readonly caPem: string | undefined;
  readonly token: string;
  readonly nodeName: string;
  readonly files: StateFiles;
  readonly nowMs: number;
}

/** @throws PersonError with the control plane's reason */
export const exchangeToken = async ({ server, caPem, token, nodeName, files, nowMs }: ExchangeInput): Promise<NodeCredential> => {
  const api = createApi({ server, caPem, token });
  try {
    const body = { nodeName, machine: machineProof(files.machineKey) };
    const issued = (await api.call('POST', '/kedge/v1/join', body)) as NodeCredential;
    keep(files, issued, undefined, nowMs);
    // the service network is known now
    return await renew(createApi({ server, caPem, token: issued.token }), issued.serviceCIDR, files, nowMs);
  } finally {
    await api.close();
  }
};

const renew = async (api: Api, serviceCIDR: string, files: StateFiles, nowMs: number): Promise<NodeCredential> => {
  try {
    const { keyPem, request } = await servingRequest(serviceCIDR);
    const body = { machine: machineProof(files.machineKey), certificateRequest: request };
    const issued = (await api.call('POST', '/kedge/v1/renew', body)) as NodeCredential;
    keep(files, issued, keyPem, nowMs);
    return issued;
  } finally {
    await api.close();
  }
};

export interface RenewalInput {
  readonly server: string;
  readonly caPem: string | undefined;
  readonly serviceCIDR: string;
  readonly files: StateFiles;
  readonly nowMs: number;
}

/** Renews when it is time. True: a new one is in the files. @throws PersonError when the control plane refuses or cannot be reached */
export const renewWhenDue = async ({ server, caPem, serviceCIDR, files, nowMs }: RenewalInput): Promise<boolean> => {
  const state = readJson<CredentialState>(files.credential);
  const token = readText(files.token)?.trim();
  if (!state || !token || nowMs < state.renewAfterMs) return false;
  await renew(createApi({ server, caPem, token }), serviceCIDR, files, nowMs);
  return true;
};

export const servingAddress = (serviceCIDR: string): string => addressAt(serviceCIDR, 1);
