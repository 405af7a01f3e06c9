/** Pure: what the engine's `POST /containers/create` gets for a sandbox or a container of a pod. */
import type { ContainerSizes, ContainerSpec, SandboxSpec } from '../runtime.ts';
import { containerLabels, LABEL, sandboxLabels } from './identity.ts';
import { pauseImage } from './pause-image.ts';

/** Bounds a container's logs on disk and keeps enough for `kubectl logs`. */
const logConfig = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } };

/** A sandbox that the agent itself connects: the engine only makes an empty network namespace. */
export interface OwnPlace {
  readonly address: string;
  readonly sysctls: Readonly<Record<string, string>>;
}

/** `network`: the Docker network to join, or the place the agent gives it. */
export const sandboxBody = (spec: SandboxSpec, network: string | OwnPlace): object => {
  const own = typeof network === 'string' ? undefined : network;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of spec.ports) {
    const key = `${port.containerPort}/${port.protocol.toLowerCase()}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.hostIP ?? '', HostPort: String(port.hostPort) }];
  }
  const sysctls = { ...own?.sysctls, ...spec.sysctls };
  return {
    Image: pauseImage,
    Labels: { ...sandboxLabels(spec), ...(own ? { [LABEL.address]: own.address } : {}) },
    ...(own ? { NetworkDisabled: true } : {}),
    ...(spec.hostNetwork ? {} : { Hostname: spec.hostname }),
    ...(spec.ports.length > 0 && !spec.hostNetwork
      ? { ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])) }
      : {}),
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : own ? 'none' : network,
      IpcMode: spec.hostIPC ? 'host' : 'shareable',
      ...(spec.hostPID ? { PidMode: 'host' } : {}),
      ...(spec.ports.length > 0 && !spec.hostNetwork ? { PortBindings: bindings } : {}),
      ...(Object.keys(sysctls).length > 0 ? { Sysctls: sysctls } : {}),
      LogConfig: { Type: 'none' },
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges'],
    },
  };
};

/** What a container's namespaces depend on beside its own spec. */
export interface Namespaces {
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  /** The sandbox's process namespace is the pod's. */
  readonly sharePid: boolean;
}

const processes = ({ sandboxId, processesOf }: ContainerSpec, pod: Namespaces): { PidMode?: string } => {
  if (pod.hostPID) return { PidMode: 'host' };
  if (pod.sharePid) return { PidMode: `container:${sandboxId}` };
  return processesOf ? { PidMode: `container:${processesOf}` } : {};
};

/** The fields of a creation and of an update alike. */
export const sizesBody = ({ cpuShares, cpuQuotaMicros, memoryLimitBytes }: ContainerSizes): object => ({
  ...(cpuShares ? { CpuShares: cpuShares } : {}),
  ...(cpuQuotaMicros ? { CpuPeriod: 100_000, CpuQuota: cpuQuotaMicros } : {}),
  ...(memoryLimitBytes ? { Memory: memoryLimitBytes, MemorySwap: memoryLimitBytes } : {}),
});

/** `lowOomScore`: the kernel lets this engine lower it. */
export const containerBody = (spec: ContainerSpec, pod: Namespaces, lowOomScore: boolean): object => {
  const { resources, security } = spec;
  const join = `container:${spec.sandboxId}`;
  return {
    Image: spec.image,
    Labels: containerLabels(spec),
    ...(spec.command ? { Entrypoint: spec.command } : {}),
    // A command without args: the image's own arguments must not follow it.
    ...(spec.args ? { Cmd: spec.args } : spec.command ? { Cmd: [] } : {}),
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
    ...(security.user ? { User: security.user } : {}),
    ...(spec.stopSignal ? { StopSignal: spec.stopSignal } : {}),
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    Tty: spec.tty,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: join,
      IpcMode: pod.hostIPC ? 'host' : join,
      ...processes(spec, pod),
      Mounts: spec.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.hostPath,
        Target: mount.containerPath,
        ReadOnly: mount.readOnly,
        // Unsaid is private to the engine, but for folders that hold its own (/, /var/lib): those it mounts with rslave, and refuses with rprivate.
        ...(mount.propagation === 'private' ? {} : { BindOptions: { Propagation: mount.propagation } }),
      })),
      ...(spec.tmpfs.length > 0
        ? { Tmpfs: Object.fromEntries(spec.tmpfs.map((t) => [t.containerPath, t.sizeBytes ? `rw,exec,size=${t.sizeBytes}` : 'rw,exec'])) }
        : {}),
      ...sizesBody(resources),
      ...(resources.oomScoreAdj !== undefined && (lowOomScore || resources.oomScoreAdj >= 0) ? { OomScoreAdj: resources.oomScoreAdj } : {}),
      Privileged: security.privileged,
      ReadonlyRootfs: security.readOnlyRootFilesystem,
      ...(security.addCapabilities.length > 0 ? { CapAdd: security.addCapabilities } : {}),
      ...(security.dropCapabilities.length > 0 ? { CapDrop: security.dropCapabilities } : {}),
      ...(security.groups.length > 0 ? { GroupAdd: security.groups } : {}),
      ...(security.noNewPrivileges ? { SecurityOpt: ['no-new-privileges'] } : {}),
      LogConfig: logConfig,
    },
  };
};
