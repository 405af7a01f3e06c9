/**
 * metrics.k8s.io: get and list of what nodes and pods use, from the hub's newest samples. The hub only shows pods that exist under the uid that was
 * measured; labels come from the objects themselves.
 * @see https://github.com/kubernetes/metrics
 */

import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import { nodeMetrics } from '#schema/metrics/node-metrics.ts';
import { podMetrics } from '#schema/metrics/pod-metrics.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Call, Handler } from '../apiserver/call.ts';
import { listResponse, objectResponse } from '../apiserver/encode.ts';
import { notFound } from '../apiserver/errors.ts';
import { listOptions } from '../apiserver/options.ts';
import { selectionOf } from '../apiserver/selection.ts';
import { encodeBody } from '../registry/body.ts';
import type { Measurements } from './measurements.ts';
import { nodeMetricsOf, podMetricsOf } from './objects.ts';

/** Everything of the kind in the namespace of the call, sorted by namespace and name. */
type Read = (call: Call) => Promise<KubeObject[]>;

const byKey = (a: KubeObject, b: KubeObject): number => {
  const [x, y] = [`${a.metadata.namespace ?? ''}/${a.metadata.name}`, `${b.metadata.namespace ?? ''}/${b.metadata.name}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

const NOTHING: Measurements = { samples: [], labels: {} };

const readNodes: Read = async ({ server }) => {
  const { samples, labels } = (await server.platform.hub.metrics?.()) ?? NOTHING;
  return samples.map((of) => nodeMetricsOf(of, labels[`${storageKey(nodes)}//${of.node}`]));
};

const readPods: Read = async ({ server, target }) => {
  const { samples, labels } = (await server.platform.hub.metrics?.()) ?? NOTHING;
  return samples.flatMap((of) =>
    of.sample.pods
      .filter(({ namespace }) => !target.namespace || namespace === target.namespace)
      .map((pod) => podMetricsOf(of, pod, labels[`${storageKey(pods)}/${pod.namespace}/${pod.name}`])),
  );
};

const handlersOf = (read: Read): Readonly<Record<string, Handler>> => ({
  get: async (call) => {
    const found = (await read(call)).find(({ metadata }) => metadata.name === call.target.name);
    if (!found) {
      const { namespace, name } = call.target;
      throw notFound(
        { group: call.target.group, resource: call.target.definition.kind.toLowerCase() },
        namespace ? `${namespace}/${name}` : name,
      );
    }
    return objectResponse(call, found);
  },
  list: async (call) => {
    const { definition } = call.target;
    const selection = selectionOf(definition, listOptions(call.query, false));
    const items = (await read(call))
      .map((object) => ({
        object,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name!,
        resource: storageKey(definition),
      }))
      .filter((item) => selection.matchesKey(item) && selection.matchesObject(item.object))
      .sort((a, b) => byKey(a.object, b.object))
      .map(({ object, ...key }) => ({ ...key, uid: '', revision: 0, body: encodeBody(definition, object) }));
    return listResponse(call, items, { resourceVersion: '' });
  },
});

/** By storage key, then verb. */
export const metricsHandlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  [storageKey(nodeMetrics)]: handlersOf(readNodes),
  [storageKey(podMetrics)]: handlersOf(readPods),
};
