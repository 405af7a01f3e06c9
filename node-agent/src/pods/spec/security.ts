/** The effective security context: the container's own over the pod's. */
import type { Container, Pod } from '#schema/core/pod.ts';
import type { ContainerSpec } from '../../runtime/runtime.ts';
import { ContainerConfigError } from './environment.ts';

/** `imageUser`: USER of the image, '' for root. @throws ContainerConfigError where runAsNonRoot forbids what would run. */
export const containerSecurity = (pod: Pod, container: Container, imageUser: string): ContainerSpec['security'] => {
  const of = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const user = own.runAsUser ?? of.runAsUser;
  const group = own.runAsGroup ?? of.runAsGroup;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (own.runAsNonRoot ?? of.runAsNonRoot) {
    const [imageName = ''] = imageUser.split(':');
    if (user === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    if (user === undefined && (imageName === '' || imageName === '0' || imageName === 'root'))
      throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
    if (user === undefined && !/^\d+$/.test(imageName))
      throw new ContainerConfigError(
        `container has runAsNonRoot and image has non-numeric user (${imageName}), cannot verify user is non-root ${where}`,
      );
  }
  const groups = [...(of.supplementalGroups ?? []), ...(of.fsGroup === undefined ? [] : [of.fsGroup])].map(String);
  const asUser =
    user === undefined
      ? group === undefined
        ? undefined
        : `${imageUser.split(':')[0] || '0'}:${group}`
      : `${user}${group === undefined ? '' : `:${group}`}`;
  return {
    ...(asUser === undefined ? {} : { user: asUser }),
    groups,
    privileged: own.privileged ?? false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    noNewPrivileges: own.allowPrivilegeEscalation === false,
  };
};
