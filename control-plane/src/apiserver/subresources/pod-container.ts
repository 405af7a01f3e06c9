/** Which container of a pod a stream is for, and whether it can be reached: the same questions for logs, exec and attach. */
import type { KubeObject } from '#schema/resource.ts';
import { badRequest } from '../errors.ts';

const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

export interface PodContainers {
  readonly all: readonly string[];
  readonly regular: readonly string[];
}

const names = (list: any): string[] => (list ?? []).map((c: any) => c.name);

export const containersOf = (pod: KubeObject): PodContainers => {
  const spec = pod.spec ?? {};
  const regular = names(spec.containers);
  return { regular, all: [...regular, ...names(spec.initContainers), ...names(spec.ephemeralContainers)] };
};

/** @throws ApiError BadRequest when the container is not named and not obvious, or is not of this pod */
export const chooseContainer = (pod: KubeObject, asked: string): string => {
  const { all, regular } = containersOf(pod);
  const podName = pod.metadata.name;
  if (asked) {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${podName}`);
    return asked;
  }
  if (regular.length === 1 && all.length === 1) return regular[0]!;
  const preferred = pod.metadata.annotations?.[defaultContainerAnnotation];
  if (preferred && all.includes(preferred)) return preferred;
  const init = names(pod.spec?.initContainers);
  const choices = init.length > 0 ? `[${regular.join(' ')}] or one of the init containers: [${init.join(' ')}]` : `[${regular.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${podName}, choose one of: ${choices}`);
};

export const statusOf = (pod: KubeObject, container: string): any => {
  const status = pod.status ?? {};
  const lists = [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses];
  return lists.flatMap((list) => list ?? []).find((s: any) => s.name === container);
};

/** The node the pod runs on. @throws ApiError BadRequest */
export const nodeOfPod = (pod: KubeObject): string => {
  const node = pod.spec?.nodeName;
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return node;
};
