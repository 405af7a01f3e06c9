/** `/containerLogs/NAMESPACE/POD/CONTAINER`: a container's log as plain text, with the options of the pod's `log` subresource. */
import type { Pod } from '#schema/core/pod.ts';
import { paramsOf } from '#schema/sync/stream-params.ts';
import type { Clock } from '../context.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import type { FindContainer } from '../streams/endpoint.ts';
import { isTrue, logRequest } from '../streams/logs.ts';
import { type KubeletAnswer, type KubeletRequest, pageNotFound, plain } from './answer.ts';

export interface ContainerLogsOptions {
  readonly runtime: Pick<ContainerRuntime, 'logs'>;
  /** Of this node. */
  readonly pods: () => readonly Pod[];
  readonly findContainer: FindContainer;
  readonly clock: Clock;
}

async function* cut(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array, void> {
  let left = limit;
  for await (const chunk of chunks) {
    yield chunk.byteLength > left ? chunk.subarray(0, left) : chunk;
    left -= chunk.byteLength;
    if (left <= 0) return;
  }
}

export const containerLogs = async (request: KubeletRequest, options: ContainerLogsOptions): Promise<KubeletAnswer> => {
  const [namespace, name, container, ...more] = request.path.split('/').slice(2).map(decodeURIComponent);
  if (!namespace || !name || !container || more.length > 0) return pageNotFound();
  const pod = options.pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (!pod) return plain(`pod "${name}" does not exist\n`, 404);
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])];
  if (!all.some((one) => one.name === container)) return plain(`container "${container}" not found in pod "${name}"\n`, 404);
  const params = paramsOf(request.query);
  const previous = isTrue(params, 'previous');
  const record = await options.findContainer(pod.metadata.uid!, container, previous);
  if (!record) {
    const why = previous
      ? `previous terminated container "${container}" in pod "${name}" not found`
      : `container "${container}" in pod "${name}" is waiting to start`;
    return plain(`${why}\n`, 400);
  }
  const { limitBytes = Number.POSITIVE_INFINITY, ...wanted } = logRequest(params, options.clock.now());
  return plain(cut(options.runtime.logs(record.id, wanted, request.signal), limitBytes));
};
