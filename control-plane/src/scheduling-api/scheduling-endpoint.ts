/**
 * `POST /apis/kedge.dev/v1/scheduling:simulate`: where pods would go, whether they fit, what if a node leaves, how many more fit (scheduler/README.md).
 * Nothing is written. Whoever asks must be allowed to create pods in the namespaces named, to get the pods named and to list pods of a node that is
 * thought away; new pods pass admission as in a dry run.
 */

import type { Node } from '#schema/core/node.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { decode } from '#schema/dsl/decode.ts';
import { applyDefaults } from '#schema/dsl/default.ts';
import { parseText, readBytes, textOf } from '../apiserver/body.ts';
import type { Server } from '../apiserver/call.ts';
import { ApiError, invalid, methodNotAllowed, notFound } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Identified } from '../auth/authenticate.ts';
import { forbiddenResource } from '../auth/authorize.ts';
import type { ObjectCache } from '../controller-runtime/object-cache.ts';
import type { UserInfo } from '../registry/registry.ts';
import { expand, type PodGroup } from './expand.ts';
import { parseBody, type SimulationBody } from './request.ts';
import { type SimulationRequest, simulate } from './simulate.ts';
import { readSnapshot } from './stored-snapshot.ts';

const KIND = 'SchedulingSimulation';
/** Pods of one question, over all its workloads. */
const MAX_PODS = 10_000;

const named = { group: 'kedge.dev', resource: 'schedulingsimulations', kind: KIND };

/** @throws ApiError Forbidden */
const mayPods = async (server: Server, user: UserInfo, verb: string, namespace: string, name = ''): Promise<void> => {
  const request = { verb, group: '', resource: 'pods', subresource: '', namespace, name, fieldSelector: '' };
  const { allowed, reason } = await server.authorizer.resource(user, request);
  if (!allowed) throw forbiddenResource(user, request, reason);
};

const bodyOf = async (request: Request): Promise<SimulationBody> => {
  const type = (request.headers.get('content-type') ?? '').includes('yaml') ? 'yaml' : 'json';
  const { value } = await parseText(textOf(await readBytes(request)), type, KIND);
  const body = parseBody(value);
  if (Array.isArray(body)) throw invalid(named, '', body as never);
  return body as SimulationBody;
};

/** The pod as a create would make it. @throws ApiError as the create would */
const admitted = async (server: Server, user: UserInfo, pod: Pod): Promise<Pod> => {
  const { metadata } = pod;
  const schema = podDefinition.versions[0]!.schema;
  const { value, errors } = decode(
    schema,
    { ...pod, metadata: { ...metadata, name: undefined, generateName: `${metadata.name}-`.slice(-57) } },
    { strict: false },
  );
  if (errors.length > 0) throw invalid(podDefinition, metadata.name ?? '', errors);
  applyDefaults(schema, value);
  const { object } = await server.registry.one({
    op: 'create',
    definition: podDefinition,
    actor: { user, fieldManager: 'simulation' },
    object: { ...value, apiVersion: 'v1', kind: 'Pod' },
    dryRun: true,
  });
  return { ...object, metadata: { ...object.metadata, name: metadata.name } } as Pod;
};

const copies = ({ count, specs }: PodGroup, pod: Pod): Pod[] =>
  Array.from({ length: count }, (_, i): Pod => {
    const metadata = { ...pod.metadata, uid: `${pod.metadata.uid}-${i}`, ...(count > 1 ? { name: `${pod.metadata.name}-${i}` } : {}) };
    // a node's own affinity and tolerations; what admission added stays
    const own = specs && { affinity: specs[i]!.affinity, tolerations: [...(pod.spec.tolerations ?? []), ...(specs[i]!.tolerations ?? [])] };
    return { ...pod, metadata, spec: { ...pod.spec, ...own } } as Pod;
  });

const newPods = async (server: Server, user: UserInfo, body: SimulationBody, cache: ObjectCache): Promise<SimulationRequest['pods']> => {
  const pods: SimulationRequest['pods'][number][] = [];
  for (const [i, object] of body.objects.entries()) {
    const group = expand(object, object.metadata.namespace ?? body.namespace, cache.all<Node>('core/nodes'));
    if (!group) throw invalid(named, '', [{ type: 'required', field: `objects[${i}].spec.template`, detail: '' }]);
    const wanted = body.most === undefined ? group : { ...group, count: 1 };
    if (pods.length + wanted.count > MAX_PODS) throw new ApiError('BadRequest', `more than ${MAX_PODS} pods cannot be simulated at once`);
    if (group.owner) cache.put(group.owner.resource, group.owner.object);
    const made = copies(wanted, await admitted(server, user, group.pod));
    pods.push(...made.map((pod) => ({ pod, object: i })));
  }
  return pods;
};

/** @throws ApiError */
export const schedulingEndpoint = async (server: Server, request: Request, { user }: Identified): Promise<Response> => {
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = await bodyOf(request);
  for (const namespace of new Set(body.objects.map(({ metadata }) => metadata.namespace ?? body.namespace))) {
    await mayPods(server, user, 'create', namespace);
  }
  for (const { namespace, name } of body.pods) await mayPods(server, user, 'get', namespace, name);
  if (body.withoutNodes.length > 0) await mayPods(server, user, 'list', '');
  const cache = await readSnapshot(server.platform.store);
  for (const { namespace, name } of body.pods) if (!cache.get('core/pods', namespace, name)) throw notFound(podDefinition, name);
  const unknown = body.withoutNodes.find((name) => !cache.get('core/nodes', '', name));
  if (unknown !== undefined) throw notFound({ group: '', resource: 'nodes' }, unknown);
  const pods = await newPods(server, user, body, cache);
  const { revision } = cache;
  const result = simulate(cache, { pods, existing: body.pods, withoutNodes: body.withoutNodes, most: body.most, explain: body.explain });
  return json({ kind: `${KIND}Result`, apiVersion: 'kedge.dev/v1', metadata: { resourceVersion: String(revision) }, ...result });
};
