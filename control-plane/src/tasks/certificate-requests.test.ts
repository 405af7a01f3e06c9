/** CertificateSigningRequests in the control loop: who is approved, what is signed and by whom, and when requests go. */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, test } from 'vitest';
import { certificateSigningRequests } from '#schema/certificates/certificate-signing-request.ts';
import { configMaps } from '#schema/core/config-map.ts';
import { admin, createTestWorld, type TestWorld } from '../controller-runtime/testing.ts';
import type { UserInfo } from '../registry/registry.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;
const nodeClient = ['client auth', 'digital signature'];

const requestFor = async (name: string, alternatives: { type: 'dns' | 'ip'; value: string }[] = []): Promise<string> => {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const extensions = alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : [];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm, extensions });
  return btoa(request.toString('pem'));
};

let ofNode: string;
let ofServer: string;
let ofPerson: string;
beforeAll(async () => {
  ofNode = await requestFor('CN=system:node:n1,O=system:nodes');
  ofServer = await requestFor('CN=system:node:n1,O=system:nodes', [{ type: 'dns', value: 'n1' }]);
  ofPerson = await requestFor('CN=ann,O=devs');
});

const newWorld = async (): Promise<TestWorld> => {
  const world = createTestWorld();
  await world.settle();
  return world;
};

interface Asked {
  readonly signer: string;
  readonly request: string;
  readonly usages: readonly string[];
  readonly seconds?: number;
}

const askAs = async (world: TestWorld, user: UserInfo, name: string, { signer, request, usages, seconds }: Asked): Promise<void> => {
  const object = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { signerName: signer, request, usages, ...(seconds ? { expirationSeconds: seconds } : {}) },
  };
  const create = { op: 'create', definition: certificateSigningRequests, object } as const;
  expect(await world.registry.applyAll([create], { user, fieldManager: 'test' })).toMatchObject([{ status: 'ok' }]);
};

const ask = (world: TestWorld, name: string, asked: Asked) => askAs(world, admin.user, name, asked);

const decide = (world: TestWorld, name: string, type: 'Approved' | 'Denied') =>
  world.update(
    certificateSigningRequests,
    '',
    name,
    (request) => {
      request.status = { conditions: [{ type, status: 'True', reason: 'ByHand' }] };
    },
    'approval',
  );

const get = (world: TestWorld, name: string) => world.get(certificateSigningRequests, '', name);
const conditionsOf = async (world: TestWorld, name: string): Promise<string[]> =>
  ((await get(world, name)).status.conditions ?? []).map((c: { type: string; reason: string }) => `${c.type} ${c.reason}`);

describe('signing', () => {
  test('an approved request gets a certificate of the cluster that lives as long as asked', async () => {
    const world = await newWorld();
    await ask(world, 'ann', { signer: 'kubernetes.io/kube-apiserver-client', request: ofPerson, usages: ['client auth'], seconds: 7200 });
    await world.settle();
    expect((await get(world, 'ann')).status).toEqual({});
    await decide(world, 'ann', 'Approved');
    await world.settle();
    const certificate = new X509Certificate(atob((await get(world, 'ann')).status.certificate));
    const ca = (await world.get(configMaps, 'kube-system', 'kedge-certificate-authority')).data['ca.crt'];
    expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(certificate.subject).toContain('CN=ann');
    expect(Date.parse(certificate.validTo)).toBe(world.nowMs + 7_200_000);
    // the second one is signed by the same authority
    await ask(world, 'serving', {
      signer: 'kubernetes.io/kubelet-serving',
      request: ofPerson,
      usages: ['server auth', 'digital signature'],
    });
    await decide(world, 'serving', 'Approved');
    await world.settle();
    expect(await conditionsOf(world, 'serving')).toEqual(['Approved ByHand', 'Failed SignerValidationFailure']);
    await ask(world, 'ann-2', { signer: 'kubernetes.io/kube-apiserver-client', request: ofPerson, usages: ['client auth'] });
    await decide(world, 'ann-2', 'Approved');
    await world.settle();
    const second = new X509Certificate(atob((await get(world, 'ann-2')).status.certificate));
    expect(second.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(world.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  test("denied requests and other signers' are left alone", async () => {
    const world = await newWorld();
    await ask(world, 'no', { signer: 'kubernetes.io/kube-apiserver-client', request: ofPerson, usages: ['client auth'] });
    await decide(world, 'no', 'Denied');
    await ask(world, 'theirs', { signer: 'example.com/x', request: ofPerson, usages: ['client auth'] });
    await decide(world, 'theirs', 'Approved');
    await world.settle();
    expect(await conditionsOf(world, 'no')).toEqual(['Denied ByHand']);
    expect(await conditionsOf(world, 'theirs')).toEqual(['Approved ByHand']);
    for (const name of ['no', 'theirs']) expect((await get(world, name)).status.certificate).toBeUndefined();
  });
});

describe('approval', () => {
  const signer = 'kubernetes.io/kube-apiserver-client-kubelet';
  const node = (name: string): UserInfo => ({ name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] });

  test('is for nodes that ask for themselves, and for who may ask for nodes', async () => {
    const world = await newWorld();
    await askAs(world, node('n1'), 'own', { signer, request: ofNode, usages: nodeClient });
    await askAs(world, node('n2'), 'of-another', { signer, request: ofNode, usages: nodeClient });
    await askAs(world, { name: 'eve', groups: [] }, 'of-eve', { signer, request: ofNode, usages: nodeClient });
    await ask(world, 'of-admin', { signer, request: ofNode, usages: nodeClient });
    await ask(world, 'with-names', { signer, request: ofServer, usages: nodeClient });
    await world.settle();
    const message = 'Auto approving self kubelet client certificate after SubjectAccessReview.';
    expect((await get(world, 'own')).status.conditions).toMatchObject([{ type: 'Approved', reason: 'AutoApproved', message }]);
    expect(await conditionsOf(world, 'of-admin')).toEqual(['Approved AutoApproved']);
    for (const name of ['own', 'of-admin']) expect((await get(world, name)).status.certificate).toBeDefined();
    for (const name of ['of-another', 'of-eve', 'with-names']) expect((await get(world, name)).status).toEqual({});
  });
});

describe('cleaning', () => {
  test('after a day without a decision, an hour with one, and at the end of a short certificate', async () => {
    const world = await newWorld();
    await ask(world, 'open', { signer: 'kubernetes.io/kube-apiserver-client', request: ofPerson, usages: ['client auth'] });
    await ask(world, 'denied', { signer: 'kubernetes.io/kube-apiserver-client', request: ofPerson, usages: ['client auth'] });
    await decide(world, 'denied', 'Denied');
    await ask(world, 'short', { signer: 'kubernetes.io/kube-apiserver-client', request: ofPerson, usages: ['client auth'], seconds: 600 });
    await decide(world, 'short', 'Approved');
    await world.settle();
    const left = async (): Promise<string[]> => (await world.list(certificateSigningRequests)).map(({ metadata }) => metadata.name).sort();
    const at = async (ms: number): Promise<string[]> => {
      world.nowMs += ms;
      await world.settle();
      return left();
    };
    expect(await at(599_000)).toEqual(['denied', 'open', 'short']);
    expect(await at(1000)).toEqual(['denied', 'open']);
    expect(await at(HOUR_MS - 601_000)).toEqual(['denied', 'open']);
    expect(await at(1000)).toEqual(['open']);
    expect(await at(22 * HOUR_MS)).toEqual(['open']);
    expect(await at(HOUR_MS)).toEqual([]);
  });
});
