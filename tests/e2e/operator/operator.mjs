/**
 * A small operator as people write them: of two replicas the one that holds the Lease makes a ConfigMap for each Website, says so in its status, and cleans up
 * behind its finalizer. Plain fetch and the ordinary in-cluster configuration; NODE_EXTRA_CA_CERTS names the cluster's certificate.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const namespace = readFileSync(`${account}/namespace`, 'utf8');
const server = `https://${process.env.KUBERNETES_SERVICE_HOST}:${process.env.KUBERNETES_SERVICE_PORT}`;
const me = process.env.HOSTNAME;
const leaseSeconds = 3;

const websites = `/apis/example.com/v1/namespaces/${namespace}/websites`;
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

const request = (method, path, body, type = 'application/json') =>
  fetch(`${server}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}`,
      'content-type': type,
      'user-agent': 'website-operator',
    },
    ...(body && { body: JSON.stringify(body) }),
  });

/** The reply's object; undefined for 404 and 409, which the next round settles. */
const call = async (...args) => {
  const response = await request(...args);
  const object = await response.json();
  if (response.ok) return object;
  if (response.status === 404 || response.status === 409) return undefined;
  throw new Error(`${args[0]} ${args[1]}: ${object.message}`);
};

const microTime = () => new Date().toISOString().replace('Z', '000Z');

/** Takes or renews the Lease. A holder that went silent is replaced after the duration by the clock of whoever watches it. */
let seen = { version: '', at: 0 };
const lead = async () => {
  const lease = await call('GET', `${leases}/website-operator`);
  const spec = { holderIdentity: me, leaseDurationSeconds: leaseSeconds, renewTime: microTime() };
  if (!lease) {
    const metadata = { name: 'website-operator' };
    return Boolean(await call('POST', leases, { metadata, spec: { ...spec, acquireTime: spec.renewTime, leaseTransitions: 0 } }));
  }
  const { resourceVersion } = lease.metadata;
  if (seen.version !== resourceVersion) seen = { version: resourceVersion, at: performance.now() };
  const mine = lease.spec.holderIdentity === me;
  if (!mine && performance.now() - seen.at < leaseSeconds * 1000) return false;
  const taken = mine ? {} : { acquireTime: spec.renewTime, leaseTransitions: (lease.spec.leaseTransitions ?? 0) + 1 };
  return Boolean(await call('PUT', `${leases}/website-operator`, { ...lease, spec: { ...lease.spec, ...spec, ...taken } }));
};

const finalizer = 'example.com/cleanup';

const reconcile = async (site) => {
  const { name, uid, generation, deletionTimestamp, finalizers = [] } = site.metadata;
  const path = `${websites}/${name}`;
  if (deletionTimestamp) {
    if (!finalizers.includes(finalizer)) return;
    await call('POST', configMaps, { metadata: { name: `cleaned-${name}` }, data: { by: me } });
    const rest = finalizers.filter((one) => one !== finalizer);
    await call('PATCH', path, { metadata: { finalizers: rest } }, 'application/merge-patch+json');
    return;
  }
  if (!finalizers.includes(finalizer)) {
    await call('PATCH', path, { metadata: { finalizers: [...finalizers, finalizer] } }, 'application/merge-patch+json');
  }
  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Website', name, uid, controller: true, blockOwnerDeletion: true }];
  const page = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-page`, ownerReferences }, data: { page: site.spec.page } };
  await call('PATCH', `${configMaps}/${name}-page?fieldManager=website-operator&force=true`, page, 'application/apply-patch+yaml');
  if (site.status?.observedGeneration === generation) return;
  const status = { phase: 'Ready', observedGeneration: generation, by: me };
  await call('PATCH', `${path}/status`, { status }, 'application/merge-patch+json');
};

/** Everything there is, then what changes, until the stream ends or this replica leads no more. */
const follow = async (signal) => {
  const { items, metadata } = await call('GET', websites);
  for (const site of items) await reconcile(site);
  const path = `${websites}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=60`;
  const response = await fetch(`${server}${path}`, {
    headers: { authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}` },
    signal,
  });
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const { type, object } of lines.map((line) => JSON.parse(line))) {
      if (type === 'ERROR') return;
      if (type !== 'DELETED') await reconcile(object);
    }
  }
};

const secrets = await request('GET', `/api/v1/namespaces/${namespace}/secrets`);
console.log(`secrets: ${secrets.status}`);

let following;
for (;;) {
  const leads = await lead().catch((error) => {
    console.log(error.message);
    return false;
  });
  if (leads && !following) {
    console.log(`${me} leads`);
    const ending = new AbortController();
    following = ending;
    void (async () => {
      while (!ending.signal.aborted) await follow(ending.signal).catch((error) => console.log(error.message));
    })();
  }
  if (!leads && following) {
    following.abort();
    following = undefined;
  }
  await delay(500);
}
