/** Pure: the engine's inspection and list answers as the port's records. */
import type { ContainerSizes, ContainerState, ContainerStatusRecord, SandboxStatus } from '../runtime.ts';
import { identityOf, LABEL, type Labels } from './identity.ts';

export interface Inspection {
  readonly Id: string;
  readonly Created: string;
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    /** 0 while it does not run. */
    readonly Pid: number;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  readonly Config: { readonly Image: string; readonly Labels: Labels; readonly Tty: boolean };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly CpuShares?: number;
    readonly CpuQuota?: number;
    readonly Memory?: number;
  };
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };
}

/** Go's zero time is the year 1. */
const timeOf = (text: string): number | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
};

const stateOf = (state: Inspection['State']): ContainerState => {
  if (state.Running) return 'running';
  // A container whose start failed is `created` with an error: it will never run.
  return state.Status === 'created' && state.Error === '' ? 'created' : 'exited';
};

export const addressOf = (inspection: Inspection): string =>
  inspection.Config.Labels[LABEL.address] ??
  Object.values(inspection.NetworkSettings?.Networks ?? {}).find((network) => network.IPAddress)?.IPAddress ??
  '';

export const toSandboxStatus = (inspection: Inspection): SandboxStatus => {
  const incarnation = inspection.Config.Labels[LABEL.incarnation];
  return {
    ...identityOf(inspection.Config.Labels),
    id: inspection.Id,
    ready: inspection.State.Running,
    ip: addressOf(inspection),
    createdAtMs: timeOf(inspection.Created) ?? 0,
    ...(incarnation ? { incarnation } : {}),
  };
};

/** 0 and less: none. */
const sizesOf = ({ CpuShares = 0, CpuQuota = 0, Memory = 0 }: Inspection['HostConfig']): ContainerSizes => ({
  ...(CpuShares > 0 ? { cpuShares: CpuShares } : {}),
  ...(CpuQuota > 0 ? { cpuQuotaMicros: CpuQuota } : {}),
  ...(Memory > 0 ? { memoryLimitBytes: Memory } : {}),
});

export const toContainerRecord = (inspection: Inspection): ContainerStatusRecord => {
  const { State: state, Config: config } = inspection;
  const current = stateOf(state);
  const startedAtMs = timeOf(state.StartedAt);
  // One that never ran has no end of its own.
  const finishedAtMs = current === 'exited' ? (timeOf(state.FinishedAt) ?? timeOf(inspection.Created)) : undefined;
  return {
    ...identityOf(config.Labels),
    id: inspection.Id,
    sandboxId: inspection.HostConfig.NetworkMode.replace(/^container:/, ''),
    container: config.Labels[LABEL.container] ?? '',
    specHash: config.Labels[LABEL.specHash] ?? '',
    state: current,
    image: config.Image,
    imageId: inspection.Image,
    createdAtMs: timeOf(inspection.Created) ?? 0,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    ...(current === 'exited' ? { exitCode: state.ExitCode } : {}),
    sizes: sizesOf(inspection.HostConfig),
    oomKilled: state.OOMKilled,
    ...(state.Error ? { error: state.Error } : {}),
  };
};
