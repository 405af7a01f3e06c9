/**
 * Probes and lifecycle hooks: what the node asks of, or tells, a running container.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import { type Infer, inline, int32, int64, intOrString, list, message, str, struct } from '../dsl/field.ts';

export const ExecAction = struct('io.k8s.api.core.v1.ExecAction', '@core.ExecAction', {
  command: list(1, 'string', '@core.ExecAction.command'),
});
export type ExecAction = Infer<typeof ExecAction>;

export const HTTPHeader = struct('io.k8s.api.core.v1.HTTPHeader', '@core.HTTPHeader', {
  name: str(1, '@core.HTTPHeader.name', { required: true }),
  value: str(2, '@core.HTTPHeader.value', { required: true, default: '' }),
});
export type HTTPHeader = Infer<typeof HTTPHeader>;

export const HTTPGetAction = struct('io.k8s.api.core.v1.HTTPGetAction', '@core.HTTPGetAction', {
  path: str(1, '@core.HTTPGetAction.path'),
  port: intOrString(2, '@core.HTTPGetAction.port', { required: true }),
  host: str(3, '@core.HTTPGetAction.host'),
  scheme: str(4, '@core.HTTPGetAction.scheme', { enum: ['HTTP', 'HTTPS'] }),
  httpHeaders: list(5, HTTPHeader, '@core.HTTPGetAction.httpHeaders'),
});
export type HTTPGetAction = Infer<typeof HTTPGetAction>;

export const TCPSocketAction = struct('io.k8s.api.core.v1.TCPSocketAction', '@core.TCPSocketAction', {
  port: intOrString(1, '@core.TCPSocketAction.port', { required: true }),
  host: str(2, '@core.TCPSocketAction.host'),
});
export type TCPSocketAction = Infer<typeof TCPSocketAction>;

export const GRPCAction = struct('io.k8s.api.core.v1.GRPCAction', '@core.GRPCAction', {
  port: int32(1, '@core.GRPCAction.port', { required: true }),
  service: str(2, '@core.GRPCAction.service', { default: '', pointer: true }),
});
export type GRPCAction = Infer<typeof GRPCAction>;

export const SleepAction = struct('io.k8s.api.core.v1.SleepAction', '@core.SleepAction', {
  seconds: int64(1, '@core.SleepAction.seconds', { required: true }),
});
export type SleepAction = Infer<typeof SleepAction>;

export const ProbeHandler = struct('io.k8s.api.core.v1.ProbeHandler', '@core.ProbeHandler', {
  exec: message(1, ExecAction, '@core.ProbeHandler.exec'),
  httpGet: message(2, HTTPGetAction, '@core.ProbeHandler.httpGet'),
  tcpSocket: message(3, TCPSocketAction, '@core.ProbeHandler.tcpSocket'),
  grpc: message(4, GRPCAction, '@core.ProbeHandler.grpc'),
});
export type ProbeHandler = Infer<typeof ProbeHandler>;

export const Probe = struct('io.k8s.api.core.v1.Probe', '@core.Probe', {
  'inline:handler': inline(1, ProbeHandler),
  initialDelaySeconds: int32(2, '@core.Probe.initialDelaySeconds'),
  timeoutSeconds: int32(3, '@core.Probe.timeoutSeconds'),
  periodSeconds: int32(4, '@core.Probe.periodSeconds'),
  successThreshold: int32(5, '@core.Probe.successThreshold'),
  failureThreshold: int32(6, '@core.Probe.failureThreshold'),
  terminationGracePeriodSeconds: int64(7, '@core.Probe.terminationGracePeriodSeconds', { pointer: true }),
});
export type Probe = Infer<typeof Probe>;

export const LifecycleHandler = struct('io.k8s.api.core.v1.LifecycleHandler', '@core.LifecycleHandler', {
  exec: message(1, ExecAction, '@core.LifecycleHandler.exec'),
  httpGet: message(2, HTTPGetAction, '@core.LifecycleHandler.httpGet'),
  tcpSocket: message(3, TCPSocketAction, '@core.LifecycleHandler.tcpSocket'),
  sleep: message(4, SleepAction, '@core.LifecycleHandler.sleep'),
});
export type LifecycleHandler = Infer<typeof LifecycleHandler>;

export const Lifecycle = struct('io.k8s.api.core.v1.Lifecycle', '@core.Lifecycle', {
  postStart: message(1, LifecycleHandler, '@core.Lifecycle.postStart'),
  preStop: message(2, LifecycleHandler, '@core.Lifecycle.preStop'),
  stopSignal: str(3, '@core.Lifecycle.stopSignal', { pointer: true }),
});
export type Lifecycle = Infer<typeof Lifecycle>;
