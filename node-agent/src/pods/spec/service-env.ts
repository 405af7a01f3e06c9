/**
 * Variables that name the Services of a pod's namespace, and `kubernetes`.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';

const variable = (name: string): string => name.toUpperCase().replaceAll('-', '_');

const ofService = (service: Service): Record<string, string> => {
  const prefix = variable(service.metadata.name!);
  const host = service.spec!.clusterIP!;
  const ports = service.spec!.ports ?? [];
  const env: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: host,
    [`${prefix}_SERVICE_PORT`]: String(ports[0]!.port),
  };
  for (const port of ports) if (port.name) env[`${prefix}_SERVICE_PORT_${variable(port.name)}`] = String(port.port);
  for (const [index, port] of ports.entries()) {
    const protocol = (port.protocol ?? 'TCP').toLowerCase();
    const url = `${protocol}://${host}:${port.port}`;
    const portPrefix = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    if (index === 0) env[`${prefix}_PORT`] = url;
    env[portPrefix] = url;
    env[`${portPrefix}_PROTO`] = protocol;
    env[`${portPrefix}_PORT`] = String(port.port);
    env[`${portPrefix}_ADDR`] = host;
  }
  return env;
};

const isAPI = (service: Service): boolean => service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';

export const serviceEnvironment = (pod: Pod, services: readonly Service[]): Record<string, string> => {
  const links = pod.spec.enableServiceLinks ?? true;
  const env: Record<string, string> = {};
  for (const service of services) {
    const { clusterIP, ports } = service.spec ?? {};
    if (!clusterIP || clusterIP === 'None' || !ports?.length) continue;
    if (isAPI(service) || (links && service.metadata.namespace === pod.metadata.namespace)) Object.assign(env, ofService(service));
  }
  return env;
};
