import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCertificateRequest, signerRules } from './request.ts';
import { type Authority, lifetimeSeconds, signCertificateRequest } from './sign.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const nowMs = Date.parse('2026-01-01T00:00:00Z');

const requestFor = async (name: string, alternatives: { type: 'dns' | 'ip'; value: string }[] = []) => {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const extensions = alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : [];
  return (await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm, extensions })).toString('pem');
};

describe('requests', () => {
  test('are read, and must be signed with their own key', async () => {
    const pem = await requestFor('CN=system:node:n1,O=system:nodes', [
      { type: 'dns', value: 'n1' },
      { type: 'ip', value: '10.0.0.1' },
    ]);
    expect(await readCertificateRequest(pem)).toMatchObject({
      commonName: 'system:node:n1',
      organizations: ['system:nodes'],
      dnsNames: ['n1'],
      ipAddresses: ['10.0.0.1'],
      emailAddresses: [],
      uris: [],
    });
    const der = new Uint8Array(x509.PemConverter.decode(pem)[0] as ArrayBuffer);
    der[der.length - 1]! ^= 1;
    const forged = x509.PemConverter.encode(der.buffer, 'CERTIFICATE REQUEST');
    await expect(readCertificateRequest(forged)).rejects.toThrow();
    await expect(readCertificateRequest('x')).rejects.toThrow();
  });
});

describe('signers', () => {
  const node = {
    ...{ commonName: 'system:node:n1', organizations: ['system:nodes'], emailAddresses: [], uris: [] },
    ...{ dnsNames: [] as string[], ipAddresses: [] as string[] },
  };
  const client = { usages: ['client auth', 'digital signature'], username: 'system:node:n1' };
  const serving = { usages: ['server auth', 'digital signature'], username: 'system:node:n1' };
  const kubelet = signerRules['kubernetes.io/kube-apiserver-client-kubelet']!;
  const server = signerRules['kubernetes.io/kubelet-serving']!;
  const user = signerRules['kubernetes.io/kube-apiserver-client']!;

  test.each([
    [kubelet, node, client, undefined],
    [kubelet, { ...node, organizations: ['x'] }, client, 'subject organization is not system:nodes'],
    [kubelet, { ...node, commonName: 'n1' }, client, 'subject common name does not begin with system:node:'],
    [kubelet, { ...node, dnsNames: ['a'] }, client, 'DNS subjectAltNames are not allowed'],
    [kubelet, node, serving, 'usages did not match [client auth digital signature]'],
    [server, { ...node, dnsNames: ['n1'] }, serving, undefined],
    [server, node, serving, 'DNS or IP subjectAltName is required'],
    [server, { ...node, dnsNames: ['n1'] }, { ...serving, username: 'eve' }, 'subject common name is not the name of the user who asks'],
    [user, { ...node, commonName: 'ann', organizations: ['devs'] }, { usages: ['client auth'], username: 'ann' }, undefined],
    [user, { ...node, organizations: ['devs'] }, { usages: ['server auth'], username: 'ann' }, 'usages did not match [client auth]'],
    [
      user,
      { ...node, organizations: ['system:masters'] },
      { usages: ['client auth'], username: 'ann' },
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    ],
  ])('case %#', (rule, request, asked, problem) => {
    expect(rule(request, asked)).toBe(problem);
  });
});

describe('signing', () => {
  let authority: Authority;
  beforeAll(async () => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=ca',
      notBefore: new Date(nowMs - 1000),
      notAfter: new Date(nowMs + 100 * 86_400_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    });
    const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    authority = { certificate: certificate.toString('pem'), key };
  });

  test('keeps subject and names, and ends in time', async () => {
    const request = await readCertificateRequest(await requestFor('CN=system:node:n1,O=system:nodes', [{ type: 'dns', value: 'n1' }]));
    const options = { usages: ['server auth', 'digital signature'], seconds: 3600, nowMs, random: (n: number) => new Uint8Array(n) };
    const signed = new X509Certificate(await signCertificateRequest(authority, request, options));
    expect(signed.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(signed.subject).toContain('CN=system:node:n1');
    expect(signed.subjectAltName).toBe('DNS:n1');
    expect(signed.ca).toBe(false);
    expect(Date.parse(signed.validTo)).toBe(nowMs + 3_600_000);
    const long = new X509Certificate(await signCertificateRequest(authority, request, { ...options, seconds: 10 ** 9 }));
    expect(Date.parse(long.validTo)).toBeLessThan(nowMs + 100 * 86_400_000);
    await expect(signCertificateRequest(authority, request, { ...options, usages: ['cert sign'] })).rejects.toThrow('cert sign');
  });

  test('lifetimes', () => {
    expect([lifetimeSeconds(undefined, 1000), lifetimeSeconds(1, 1000), lifetimeSeconds(700, 1000), lifetimeSeconds(5000, 1000)]).toEqual([
      1000, 600, 700, 1000,
    ]);
  });
});
