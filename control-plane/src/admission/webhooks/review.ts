/**
 * AdmissionReview admission.k8s.io/v1: the question as a webhook reads it, and its answer read strictly. Objects are sent in the version that a rule named.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
import { decode } from '#schema/dsl/decode.ts';
import { isObject } from '#schema/dsl/own.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { UserInfo } from '../../registry/registry.ts';
import type { AwaitedRequest } from '../awaited.ts';
import type { AdmissionOperation, MatchedRequest, MatchedVersion } from '../matching.ts';

const operations: Readonly<Record<AwaitedRequest['operation'], AdmissionOperation>> = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  connect: 'CONNECT',
};

const splitVersion = (apiVersion: string): MatchedVersion => {
  const at = apiVersion.indexOf('/');
  return { group: at < 0 ? '' : apiVersion.slice(0, at), version: apiVersion.slice(at + 1) };
};

const joinVersion = ({ group, version }: MatchedVersion): string => (group ? `${group}/${version}` : version);

export const matchedRequest = ({ operation, definition, subresource, apiVersion }: AwaitedRequest): MatchedRequest => ({
  ...splitVersion(apiVersion),
  operation: operations[operation],
  resource: definition.resource,
  subresource,
  namespaced: definition.namespaced,
});

const servedAt = (definition: ResourceDefinition, place: MatchedVersion) =>
  definition.versions.find((one) => one.version === place.version && (one.group ?? definition.group) === place.group);

/** Whose fields the webhook sees: those of the version it is asked in, or of the one the client spoke where only the name is another. */
const shapeOf = ({ definition, apiVersion }: AwaitedRequest, place: MatchedVersion) => {
  const asked = servedAt(definition, splitVersion(apiVersion));
  return asked?.renamed ? asked : servedAt(definition, place);
};

/** The object as it is served in that version. `sent`: it is on its way to the store, not from there. */
const viewIn = (request: AwaitedRequest, place: MatchedVersion, object: KubeObject, sent = false): KubeObject => {
  const { definition, sentKind } = request;
  if (sentKind) return object;
  const shape = shapeOf(request, place);
  const convert = sent && shape?.renamed ? shape.complete : (shape?.fromStorage ?? shape?.complete);
  const view: KubeObject = convert ? convert(object) : object;
  return { apiVersion: joinVersion(place), kind: definition.kind, ...withoutType(view) } as KubeObject;
};

const withoutType = ({ apiVersion: _a, kind: _k, ...rest }: KubeObject) => rest;

/** Back from a patched view: pruned, typed, in the stored form. @throws Error in words for the webhook's author */
export const fromView = (request: AwaitedRequest, place: MatchedVersion, view: unknown): KubeObject => {
  const { definition, sentKind } = request;
  if (!isObject(view) || !isObject(view.metadata)) throw new Error('the patched object has no metadata');
  if (sentKind) return view as unknown as KubeObject;
  const shape = shapeOf(request, place);
  if (!shape) return view as unknown as KubeObject;
  const { value, errors } = decode<KubeObject>(shape.schema, view, { strict: false });
  if (errors[0]) throw new Error(errors[0].detail);
  const at = shape.renamed ? splitVersion(request.apiVersion) : place;
  const typed = { ...value, apiVersion: joinVersion(at), kind: definition.kind };
  return shape.toStorage ? shape.toStorage(typed) : typed;
};

export const userInfoOf = ({ name, uid, groups, extra }: UserInfo) => ({
  username: name,
  ...(uid ? { uid } : {}),
  ...(groups.length > 0 ? { groups } : {}),
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});

/** `request` of the review without its uid; also what CEL calls `request`. */
export const reviewRequest = (request: AwaitedRequest, place: MatchedVersion) => {
  const { operation, definition, subresource, namespace, name, object, old, sentKind } = request;
  const asked = splitVersion(request.apiVersion);
  const kindIn = (at: MatchedVersion) => sentKind ?? { group: at.group, version: at.version, kind: definition.kind };
  const resourceIn = (at: MatchedVersion) => ({ group: at.group, version: at.version, resource: definition.resource });
  const now = operation === 'delete' ? null : viewIn(request, place, object, true);
  const before = operation === 'delete' ? object : old;
  const namespaceName = namespace || (definition.group === '' && definition.resource === 'namespaces' ? name : '');
  return {
    kind: kindIn(place),
    resource: resourceIn(place),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: kindIn(asked),
    requestResource: resourceIn(asked),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespaceName ? { namespace: namespaceName } : {}),
    operation: operations[operation],
    userInfo: userInfoOf(request.actor.user),
    object: now,
    oldObject: before ? viewIn(request, place, before) : null,
    dryRun: request.dryRun,
    options: operation === 'connect' ? null : request.options,
  };
};

export const reviewOf = (request: AwaitedRequest, place: MatchedVersion, uid: string) => ({
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  request: { uid, ...reviewRequest(request, place) },
});

export interface ReviewAnswer {
  readonly allowed: boolean;
  /** The operations of a JSON patch; absent: no patch. */
  readonly patch?: unknown;
  readonly status: unknown;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const patchOf = (response: Record<string, unknown>, mutating: boolean): { readonly patch?: unknown } => {
  const { patch, patchType } = response;
  const given = typeof patch === 'string' && patch !== '';
  if (!mutating) {
    if (given) throw new Error('validating webhook may not return response.patch');
    if (patchType !== undefined && patchType !== null) throw new Error('validating webhook may not return response.patchType');
    return {};
  }
  if (given && (patchType === undefined || patchType === null))
    throw new Error('webhook returned response.patch but not response.patchType');
  if (!given && patchType) throw new Error('webhook returned response.patchType but not response.patch');
  if (!given) return {};
  if (patchType !== 'JSONPatch') throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  try {
    return { patch: JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(patch), (char) => char.charCodeAt(0)))) };
  } catch {
    throw new Error('webhook returned a response.patch that is no base64 of JSON');
  }
};

/** At most this many warnings of one webhook, each cut at this length, reach the client. */
const maxWarnings = 32;
const maxWarningChars = 1024;

/** @throws Error in Kubernetes' words */
export const readAnswer = (answer: unknown, uid: string, mutating: boolean): ReviewAnswer => {
  if (!isObject(answer)) throw new Error('the answer is not an object');
  const [version, kind] = [text(answer.apiVersion), text(answer.kind)];
  const { response } = answer;
  if (!isObject(response)) throw new Error('webhook response was absent');
  if (version !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') {
    throw new Error(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${version}, Kind=${kind}`);
  }
  if (response.uid !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(text(response.uid))}`);
  const { warnings, auditAnnotations } = response;
  return {
    allowed: response.allowed === true,
    ...patchOf(response, mutating),
    status: response.status,
    warnings: (Array.isArray(warnings) ? warnings : [])
      .filter((one): one is string => typeof one === 'string' && one !== '')
      .slice(0, maxWarnings)
      .map((one) => one.slice(0, maxWarningChars)),
    auditAnnotations: isObject(auditAnnotations)
      ? Object.fromEntries(Object.entries(auditAnnotations).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
      : {},
  };
};
