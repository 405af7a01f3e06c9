/** Everything of a pod's container as the runtime takes it. */
import { readFile } from 'node:fs/promises';
import type { Container, Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { ContainerSpec, SandboxSpec } from '../../runtime/runtime.ts';
import type { PreparedVolume } from '../../volumes/volume.ts';
import { specHashOf } from '../plan/containers.ts';
import { containerEnvironment, type EnvironmentFacts } from './environment.ts';
import { expand } from './expand.ts';
import { containerMounts } from './mounts.ts';
import { containerResources } from './resources.ts';
import { containerSecurity } from './security.ts';

export interface ContainerFacts extends EnvironmentFacts {
  readonly clusterUid: string;
  readonly sandboxId: string;
  /** Container whose process namespace it joins. */
  readonly processesOf?: string;
  readonly attempt: number;
  readonly podDir: string;
  readonly volumes: ReadonlyMap<string, PreparedVolume>;
  readonly imageUser: string;
  readonly nodeMemoryBytes: number;
}

/** The longest host name the kernel takes is 63 characters; upstream cuts there, and no dash or dot may end it. */
export const hostnameOf = (pod: Pod): string => (pod.spec.hostname || pod.metadata.name!).slice(0, 63).replace(/[-.]+$/, '');

export const identityOf = (pod: Pod, clusterUid: string) => ({
  clusterUid,
  namespace: pod.metadata.namespace!,
  name: pod.metadata.name!,
  uid: pod.metadata.uid!,
});

export const toSandboxSpec = (pod: Pod, clusterUid: string, attempt: number, incarnation: string): SandboxSpec => ({
  ...identityOf(pod, clusterUid),
  attempt,
  incarnation,
  hostname: hostnameOf(pod),
  hostNetwork: pod.spec.hostNetwork ?? false,
  hostPID: pod.spec.hostPID ?? false,
  hostIPC: pod.spec.hostIPC ?? false,
  shareProcessNamespace: pod.spec.shareProcessNamespace ?? false,
  sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
  ports: [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => port.hostPort && port.protocol !== 'SCTP')
      .map((port) => ({
        containerPort: port.containerPort,
        hostPort: port.hostPort!,
        protocol: port.protocol === 'UDP' ? ('UDP' as const) : ('TCP' as const),
        ...(port.hostIP ? { hostIP: port.hostIP } : {}),
      })),
  ),
});

/** @throws ContainerConfigError */
export const toContainerSpec = async (pod: Pod, container: Container, facts: ContainerFacts): Promise<ContainerSpec> => {
  const env = containerEnvironment(pod, container, facts);
  const words = (list: readonly string[] | undefined) => list?.map((word) => expand(word, (name) => getOwn(env, name)));
  const command = container.command?.length ? words(container.command) : undefined;
  const args = container.args?.length ? words(container.args) : undefined;
  return {
    ...identityOf(pod, facts.clusterUid),
    sandboxId: facts.sandboxId,
    ...(facts.processesOf ? { processesOf: facts.processesOf } : {}),
    container: container.name,
    attempt: facts.attempt,
    specHash: specHashOf(container),
    image: container.image!,
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    // Said, not left to the engine: programs name themselves by it. On the host's network it is the machine's, which the engine knows.
    env: pod.spec.hostNetwork ? env : { HOSTNAME: hostnameOf(pod), ...env },
    mounts: await containerMounts(container, { podDir: facts.podDir, attempt: facts.attempt, volumes: facts.volumes, env }),
    tmpfs: [],
    resources: containerResources(pod, container, facts.nodeMemoryBytes),
    security: containerSecurity(pod, container, facts.imageUser),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    ...(container.lifecycle?.stopSignal ? { stopSignal: container.lifecycle.stopSignal } : {}),
  };
};

/** /etc/hosts of a pod; on the host's network it is the host's own, with the pod's additions. */
export const hostsText = async (pod: Pod, podIP: string, clusterDomain: string): Promise<string> => {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`);
  const added = aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : [];
  if (pod.spec.hostNetwork) return `${[(await readFile('/etc/hosts', 'utf8').catch(() => '')).trimEnd(), ...added].join('\n')}\n`;
  return `${[
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...(podIP
      ? [
          `${podIP}\t${pod.spec.subdomain ? `${hostnameOf(pod)}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}\t` : ''}${hostnameOf(pod)}`,
        ]
      : []),
    ...added,
  ].join('\n')}\n`;
};
