/** What probes and lifecycle hooks must be: one handler that is complete, and sane numbers. */
import { nonNegative, portNumberOrName, problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid, required } from '../validation/errors.ts';
import { isValidPortNum, regexError } from '../validation/names.ts';
import type { Lifecycle, LifecycleHandler, Probe } from './probe.ts';

const HEADER = '[-A-Za-z0-9]+';
const headerExpression = new RegExp(`^${HEADER}$`);
const HEADER_ERROR = regexError("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER, 'X-Header-Name');

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

const validateHandler = (handler: Handler, path: string, graceSeconds: number | undefined): FieldError[] => {
  const errors: FieldError[] = [];
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const present = Object.entries({ exec, httpGet, tcpSocket, grpc, sleep }).filter(([, value]) => value !== undefined);
  if (present.length === 0) return [required(path, 'must specify a handler type')];
  errors.push(...present.slice(1).map(([name]) => forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')));
  if (exec && !exec.command?.length) errors.push(required(`${path}.exec.command`));
  if (httpGet) {
    errors.push(...portNumberOrName(`${path}.httpGet.port`, httpGet.port));
    for (const [i, { name }] of (httpGet.httpHeaders ?? []).entries()) {
      if (!headerExpression.test(name)) errors.push(invalid(`${path}.httpGet.httpHeaders[${i}].name`, name, HEADER_ERROR));
    }
  }
  if (tcpSocket) errors.push(...portNumberOrName(`${path}.tcpSocket.port`, tcpSocket.port));
  if (grpc) errors.push(...problems(`${path}.grpc.port`, grpc.port, isValidPortNum(grpc.port)));
  if (sleep && graceSeconds !== undefined && (sleep.seconds < 0 || sleep.seconds > graceSeconds)) {
    const bound = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
    errors.push(invalid(`${path}.sleep.seconds`, sleep.seconds, bound));
  }
  return errors;
};

export const validateProbe = (probe: Probe | undefined, path: string): FieldError[] => {
  if (!probe) return [];
  const { terminationGracePeriodSeconds: grace } = probe;
  return [
    ...validateHandler(probe, path, undefined),
    ...(['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const).flatMap((field) =>
      nonNegative(`${path}.${field}`, probe[field]),
    ),
    ...(grace !== undefined && grace <= 0 ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')] : []),
  ];
};

/** Liveness and startup probes succeed at once. */
export const validateSingleSuccess = (probe: Probe | undefined, path: string): FieldError[] =>
  probe?.successThreshold !== undefined && probe.successThreshold !== 1
    ? [invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1')]
    : [];

export const validateLifecycle = (lifecycle: Lifecycle | undefined, path: string, graceSeconds: number | undefined): FieldError[] => [
  ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, `${path}.postStart`, graceSeconds) : []),
  ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, `${path}.preStop`, graceSeconds) : []),
];
