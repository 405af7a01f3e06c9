/**
 * Probes and lifecycle hooks: what the node asks of, or tells, a running container.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import { type Infer, inline, int32, int64, intOrString, list, message, str, struct } from '../dsl/field.ts';

export const ExecAction = struct('io.k8s.api.core.v1.ExecAction', 'Runs a command in the container.', {
  command: list(1, 'string', 'Command line, without a shell; exit code 0 is success.'),
});
export type ExecAction = Infer<typeof ExecAction>;

export const HTTPHeader = struct('io.k8s.api.core.v1.HTTPHeader', 'A header of the request.', {
  name: str(1, 'Name of the header.', { required: true }),
  value: str(2, 'Its value.', { required: true, default: '' }),
});
export type HTTPHeader = Infer<typeof HTTPHeader>;

export const HTTPGetAction = struct('io.k8s.api.core.v1.HTTPGetAction', 'Makes an HTTP request.', {
  path: str(1, 'Path; / by default.'),
  port: intOrString(2, 'Port, by number or name.', { required: true, default: 0 }),
  host: str(3, "Host to connect to; the pod's address by default."),
  scheme: str(4, 'HTTP or HTTPS.', { enum: ['HTTP', 'HTTPS'] }),
  httpHeaders: list(5, HTTPHeader, 'Headers to send; repeats are allowed.'),
});
export type HTTPGetAction = Infer<typeof HTTPGetAction>;

export const TCPSocketAction = struct('io.k8s.api.core.v1.TCPSocketAction', 'Opens a TCP connection.', {
  port: intOrString(1, 'Port, by number or name.', { required: true, default: 0 }),
  host: str(2, "Host to connect to; the pod's address by default."),
});
export type TCPSocketAction = Infer<typeof TCPSocketAction>;

export const GRPCAction = struct('io.k8s.api.core.v1.GRPCAction', 'Asks the gRPC health service.', {
  port: int32(1, 'Port number.', { required: true, default: 0 }),
  service: str(2, 'Service to ask for.', { default: '', pointer: true }),
});
export type GRPCAction = Infer<typeof GRPCAction>;

export const SleepAction = struct('io.k8s.api.core.v1.SleepAction', 'Waits.', {
  seconds: int64(1, 'How long.', { required: true, default: 0 }),
});
export type SleepAction = Infer<typeof SleepAction>;

export const ProbeHandler = struct('io.k8s.api.core.v1.ProbeHandler', 'How to check; exactly one.', {
  exec: message(1, ExecAction, 'Runs a command.'),
  httpGet: message(2, HTTPGetAction, 'Makes an HTTP request.'),
  tcpSocket: message(3, TCPSocketAction, 'Opens a TCP connection.'),
  grpc: message(4, GRPCAction, 'Asks the gRPC health service.'),
});
export type ProbeHandler = Infer<typeof ProbeHandler>;

export const Probe = struct('io.k8s.api.core.v1.Probe', "A check of a container's health.", {
  'inline:handler': inline(1, ProbeHandler),
  initialDelaySeconds: int32(2, 'Seconds after the start before the first check.'),
  timeoutSeconds: int32(3, 'Seconds after which a check has failed; 1 by default.'),
  periodSeconds: int32(4, 'Seconds between checks; 10 by default.'),
  successThreshold: int32(5, 'Successes in a row that make it healthy; 1 by default.'),
  failureThreshold: int32(6, 'Failures in a row that make it unhealthy; 3 by default.'),
  terminationGracePeriodSeconds: int64(7, "Grace for the container when this check fails; the pod's by default.", { pointer: true }),
});
export type Probe = Infer<typeof Probe>;

export const LifecycleHandler = struct('io.k8s.api.core.v1.LifecycleHandler', 'What a hook does; exactly one.', {
  exec: message(1, ExecAction, 'Runs a command.'),
  httpGet: message(2, HTTPGetAction, 'Makes an HTTP request.'),
  tcpSocket: message(3, TCPSocketAction, 'Not used any more.'),
  sleep: message(4, SleepAction, 'Waits.'),
});
export type LifecycleHandler = Infer<typeof LifecycleHandler>;

export const Lifecycle = struct('io.k8s.api.core.v1.Lifecycle', 'Hooks of a container.', {
  postStart: message(1, LifecycleHandler, 'Right after the container was created; when it fails, the container is ended.'),
  preStop: message(2, LifecycleHandler, 'Before the container is asked to stop; its time counts against the grace period.'),
  stopSignal: str(3, 'Signal that asks the container to stop.', { pointer: true }),
});
export type Lifecycle = Infer<typeof Lifecycle>;
