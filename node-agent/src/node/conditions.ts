/** The node conditions an agent owns, with the kubelet's reasons and messages. Pure. */
import type { Pressure } from './facts.ts';

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** The kubelet's default hard eviction thresholds. */
const MIN_MEMORY_BYTES = 100 * 1024 * 1024;
const MIN_DISK_SHARE = 0.1;
const MAX_PID_SHARE = 0.95;

/** `runtimeError`: why the container engine does not answer; `networkError`: why pods get no address; `networkProblems`: what keeps Services from working here. */
export const nodeConditions = (facts: {
  pressure: Pressure;
  runtimeError?: string;
  networkError?: string | undefined;
  networkProblems: readonly string[];
}): NodeCondition[] => {
  const { memoryAvailableBytes, diskFreeShare, pids } = facts.pressure;
  const pressure = (type: string, under: boolean, bad: [string, string], good: [string, string]): NodeCondition => {
    const [reason, message] = under ? bad : good;
    return { type, status: under ? 'True' : 'False', reason, message };
  };
  return [
    pressure(
      'MemoryPressure',
      memoryAvailableBytes !== undefined && memoryAvailableBytes < MIN_MEMORY_BYTES,
      ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ),
    pressure(
      'DiskPressure',
      diskFreeShare !== undefined && diskFreeShare < MIN_DISK_SHARE,
      ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ),
    pressure(
      'PIDPressure',
      pids !== undefined && pids.used > pids.max * MAX_PID_SHARE,
      ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ),
    facts.runtimeError || facts.networkError
      ? {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: facts.runtimeError
            ? `container runtime is down: ${facts.runtimeError}`
            : `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:${facts.networkError}`,
        }
      : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
    facts.networkProblems.length > 0
      ? { type: 'kedge.dev/ServicesDegraded', status: 'True', reason: 'NetworkNotPermitted', message: facts.networkProblems.join('; ') }
      : { type: 'kedge.dev/ServicesDegraded', status: 'False', reason: 'ServicesWork', message: 'services work on this node' },
  ];
};
