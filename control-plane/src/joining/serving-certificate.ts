/**
 * The certificate with which a node ends TLS for the `kubernetes` Service inside the cluster: signed by the cluster's CA for a key that stays on the node, and for
 * those names alone, whatever the request names.
 */
import { badRequest } from '../apiserver/errors.ts';
import type { Platform } from '../platform/platform.ts';
import { formatIPv4, ipAt, parseCIDR } from '../registry/ipv4.ts';

const SECONDS = 365 * 86_400;
const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];

/** ('10.96.0.0/16', 10) -> 10.96.0.10 */
export const serviceAddress = (serviceCIDR: string, n: number): string => {
  const range = parseCIDR(serviceCIDR);
  if (!range) throw new Error(`the service network ${serviceCIDR} is no IPv4 network`);
  return formatIPv4(ipAt(range, n));
};

/** PEM; undefined where the control plane has no authority. @throws ApiError BadRequest */
export const servingCertificate = async (
  platform: Pick<Platform, 'keys' | 'cluster' | 'clock' | 'random'>,
  request: string,
): Promise<string | undefined> => {
  const { keys, cluster, clock, random } = platform;
  if (!keys.authorityKey || !cluster.rootCA) return undefined;
  // most requests never need it
  const { readCertificateRequest } = await import('../auth/certificates/request.ts');
  const { signCertificateRequest } = await import('../auth/certificates/sign.ts');
  const parsed = await readCertificateRequest(request).catch((error: Error) => {
    throw badRequest(`certificateRequest: ${error.message}`);
  });
  const wanted = [...serviceNames, serviceAddress(cluster.serviceCIDR, 1)].sort();
  const named = [...parsed.dnsNames, ...parsed.ipAddresses].sort();
  const others = [...parsed.emailAddresses, ...parsed.uris, ...parsed.organizations];
  if (named.join() !== wanted.join() || others.length > 0 || parsed.commonName !== 'kubernetes')
    throw badRequest(`certificateRequest: must name CN=kubernetes and exactly ${wanted.join(', ')}`);
  return signCertificateRequest({ certificate: cluster.rootCA, key: keys.authorityKey }, parsed, {
    usages: ['digital signature', 'server auth'],
    seconds: SECONDS,
    nowMs: clock.now(),
    random: (length) => random.bytes(length),
  });
};
