/**
 * A container's environment: service variables, then envFrom, then env in order, each `$(VAR)` seeing what stands before it.
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
import type { ConfigMap } from '#schema/core/config-map.ts';
import type { Container, EnvVar, Pod } from '#schema/core/pod.ts';
import type { Secret } from '#schema/core/secret.ts';
import type { Service } from '#schema/core/service.ts';
import { getOwn, setOwn } from '#schema/dsl/own.ts';
import { expand } from './expand.ts';
import { containerResource, type FieldFacts, podField } from './fields.ts';
import { serviceEnvironment } from './service-env.ts';

/** The container cannot be made as its pod describes it (CreateContainerConfigError). */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

export interface EnvironmentFacts extends FieldFacts {
  readonly allocatable: Readonly<Record<string, string>>;
  readonly services: readonly Service[];
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString();

const fromSources = (container: Container, facts: EnvironmentFacts): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const source = configMapRef ?? secretRef;
    const name = source?.name ?? '';
    const found = configMapRef ? facts.configMap(name) : facts.secret(name);
    if (!found) {
      if (source?.optional) continue;
      throw new ContainerConfigError(`${configMapRef ? 'configmap' : 'secret'} "${name}" not found`);
    }
    for (const [key, value] of Object.entries(found.data ?? {})) setOwn(env, prefix + key, secretRef ? decode(value) : value);
  }
  return env;
};

/** undefined: the variable is optional and its source is not there. */
const valueFrom = (pod: Pod, container: Container, variable: EnvVar, facts: EnvironmentFacts): string | undefined => {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = variable.valueFrom ?? {};
  if (fieldRef) {
    const text = podField(pod, fieldRef.fieldPath, facts);
    if (text === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return text;
  }
  if (resourceFieldRef) {
    const other = resourceFieldRef.containerName;
    const of = other ? [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((one) => one.name === other) : container;
    const text = of && containerResource(of, resourceFieldRef, facts.allocatable);
    if (text === undefined) throw new ContainerConfigError(`unsupported container resource: ${resourceFieldRef.resource}`);
    return text;
  }
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) throw new ContainerConfigError(`env ${variable.name}: unsupported value source`);
  const kind = configMapKeyRef ? 'configmap' : 'secret';
  const name = ref.name ?? '';
  const found = configMapKeyRef ? facts.configMap(name) : facts.secret(name);
  const value = getOwn(found?.data, ref.key);
  if (value !== undefined) return secretKeyRef ? decode(value) : value;
  if (ref.optional) return undefined;
  const where = `${pod.metadata.namespace}/${name}`;
  throw new ContainerConfigError(
    found ? `couldn't find key ${ref.key} in ${configMapKeyRef ? 'ConfigMap' : 'Secret'} ${where}` : `${kind} "${name}" not found`,
  );
};

/** @throws ContainerConfigError */
export const containerEnvironment = (pod: Pod, container: Container, facts: EnvironmentFacts): Record<string, string> => {
  const services = serviceEnvironment(pod, facts.services);
  const own = fromSources(container, facts);
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? valueFrom(pod, container, variable, facts)
      : expand(variable.value ?? '', (name) => getOwn(own, name) ?? getOwn(services, name));
    if (value !== undefined) setOwn(own, variable.name, value);
  }
  return { ...services, ...own };
};
