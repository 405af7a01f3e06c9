/**
 * Pod Security Standards, baseline: known privilege escalations are refused.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
import { badContainers, type Check, containersNamed, containersOf, distinct, quoted } from './checks.ts';

const hostNamespaces: Check = ({ spec }) => {
  const set = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
  return set.length === 0 ? undefined : { reason: 'host namespaces', detail: set.map((field) => `${field}=true`).join(', ') };
};

const privileged: Check = (pod) =>
  badContainers(
    pod,
    ({ securityContext }) => securityContext?.privileged === true,
    'privileged',
    'not set securityContext.privileged=true',
  );

const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const capabilities: Check = (pod) => {
  const added = containersOf(pod).map((container): [string, string[]] => [
    container.name,
    (container.securityContext?.capabilities?.add ?? []).filter((name: string) => !defaultCapabilities.has(name)),
  ]);
  const bad = added.filter(([, names]) => names.length > 0);
  if (bad.length === 0) return undefined;
  const names = distinct(bad.flatMap(([, list]) => list));
  return {
    reason: 'non-default capabilities',
    detail: `${containersNamed(bad.map(([name]) => name))} must not include ${quoted(names)} in securityContext.capabilities.add`,
  };
};

const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter((volume: any) => volume.hostPath).map(({ name }: any) => name);
  return names.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: `${names.length === 1 ? 'volume' : 'volumes'} ${quoted(names)}` };
};

const hostPorts: Check = (pod) => {
  const bad = containersOf(pod).filter(({ ports }) => ports?.some(({ hostPort }) => hostPort));
  if (bad.length === 0) return undefined;
  const ports = distinct(bad.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))));
  return {
    reason: 'hostPort',
    detail: `${containersNamed(bad.map(({ name }) => name))} ${bad.length === 1 ? 'uses' : 'use'} ${ports.length === 1 ? 'hostPort' : 'hostPorts'} ${ports.join(', ')}`,
  };
};

const procMount: Check = (pod) =>
  badContainers(
    pod,
    ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default',
    'procMount',
    'not set securityContext.procMount to "Unmasked"',
  );

/** The values of a securityContext field on the pod and its containers, with who sets it. */
const settings = (pod: Parameters<Check>[0], field: string): { pod: any; containers: { name: string; value: any }[] } => ({
  pod: pod.spec.securityContext?.[field],
  containers: containersOf(pod).flatMap(({ name, securityContext }) =>
    securityContext?.[field] ? [{ name, value: securityContext[field] }] : [],
  ),
});

/** Who set what: `pod and container "a" must not set ...`. */
const setters = (podToo: boolean, names: readonly string[]): string =>
  [...(podToo ? ['pod'] : []), ...(names.length > 0 ? [containersNamed(names)] : [])].join(' and ');

const profileCheck =
  (field: string, reason: string): Check =>
  (pod) => {
    const found = settings(pod, field);
    const isBad = (profile: any): boolean => profile?.type === 'Unconfined';
    const names = found.containers.filter(({ value }) => isBad(value)).map(({ name }) => name);
    if (!isBad(found.pod) && names.length === 0) return undefined;
    return { reason, detail: `${setters(isBad(found.pod), names)} must not set securityContext.${field}.type to "Unconfined"` };
  };

const selinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

const selinux: Check = (pod) => {
  const found = settings(pod, 'seLinuxOptions');
  const isBad = (options: any): boolean => options && (!selinuxTypes.has(options.type ?? '') || options.user || options.role);
  const names = found.containers.filter(({ value }) => isBad(value)).map(({ name }) => name);
  if (!isBad(found.pod) && names.length === 0) return undefined;
  return { reason: 'seLinuxOptions', detail: `${setters(Boolean(isBad(found.pod)), names)} set forbidden securityContext.seLinuxOptions` };
};

const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const sysctls: Check = ({ spec }) => {
  const bad = (spec.securityContext?.sysctls ?? []).map(({ name }: any) => String(name)).filter((name: string) => !safeSysctls.has(name));
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: distinct(bad).join(', ') };
};

const hostProcess: Check = (pod) => {
  const isSet = (context: any): boolean => context?.windowsOptions?.hostProcess === true;
  const names = containersOf(pod)
    .filter(({ securityContext }) => isSet(securityContext))
    .map(({ name }) => name);
  const podToo = isSet(pod.spec.securityContext);
  if (!podToo && names.length === 0) return undefined;
  return { reason: 'hostProcess', detail: `${setters(podToo, names)} must not set securityContext.windowsOptions.hostProcess=true` };
};

const probeHosts: Check = (pod) => {
  const handlers = (container: any) => [
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((field) => container[field]),
    container.lifecycle?.postStart,
    container.lifecycle?.preStop,
  ];
  const local = new Set(['', '127.0.0.1', '::1']);
  const isBad = (container: any): boolean =>
    handlers(container).some((handler) => !local.has(handler?.httpGet?.host ?? '') || !local.has(handler?.tcpSocket?.host ?? ''));
  return badContainers(pod, isBad, 'probe or lifecycle host', 'not set a host in probes or lifecycle handlers');
};

/** AppArmor by annotation, as older manifests set it. */
const appArmorAnnotations: Check = ({ metadata }) => {
  const prefix = 'container.apparmor.security.beta.kubernetes.io/';
  const bad = Object.entries(metadata.annotations ?? {}).filter(
    ([key, value]) => key.startsWith(prefix) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'),
  );
  if (bad.length === 0) return undefined;
  const pairs = bad.map(([key, value]) => `${JSON.stringify(key)}=${JSON.stringify(value)}`);
  return { reason: pairs.length === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles', detail: pairs.join(', ') };
};

export const baseline: readonly Check[] = [
  appArmorAnnotations,
  profileCheck('appArmorProfile', 'forbidden AppArmor profile'),
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  privileged,
  procMount,
  probeHosts,
  profileCheck('seccompProfile', 'seccompProfile'),
  selinux,
  sysctls,
  hostProcess,
];
