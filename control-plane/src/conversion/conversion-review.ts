/**
 * ConversionReview apiextensions.k8s.io/v1: objects of one kind into another version by a webhook. The webhook may change anything but identity: metadata
 * is put back, apart from labels and annotations.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
import { isObject } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { formatFieldErrors } from '#schema/validation/errors.ts';
import { validateObjectMeta } from '#schema/validation/object-meta.ts';
import type { ClientConfig, WebhookClient } from '../admission/webhooks/client.ts';
import { ForeignStatus } from '../apiserver/foreign-status.ts';

const timeoutSeconds = 30;
/** Objects of one review. */
const batch = 250;

export interface Conversion {
  readonly config: ClientConfig;
  readonly group: string;
  readonly kind: string;
  /** `example.com/v2`. */
  readonly desired: string;
  readonly uid: () => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @throws Error in Kubernetes' words */
const readAnswer = (answer: unknown, uid: string): readonly unknown[] => {
  if (!isObject(answer) || !isObject(answer.response)) throw new Error('no response provided');
  const [version, kind] = [text(answer.apiVersion), text(answer.kind)];
  if (version !== 'apiextensions.k8s.io/v1' || kind !== 'ConversionReview')
    throw new Error(`expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${version}, Kind=${kind}`);
  const { uid: answered, result, convertedObjects } = answer.response;
  if (answered !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(text(answered))}`);
  const { status, message } = isObject(result) ? result : {};
  if (status !== 'Success') throw new Error(text(message) || `response.result.status was '${text(status)}', not 'Success'`);
  return Array.isArray(convertedObjects) ? convertedObjects : [];
};

const failed = (message: string): ForeignStatus => new ForeignStatus({ code: 500, message });

/** Identity as it was, labels and annotations as the webhook left them. @throws Error in Kubernetes' words */
const restored = (before: KubeObject, after: KubeObject): KubeObject => {
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const [was, is] = [before.metadata[field] ?? '', after.metadata[field] ?? ''];
    if (was !== is) throw new Error(`must have the same ${field === 'uid' ? 'UID' : field}: ${was} != ${is}`);
  }
  const { labels: _l, annotations: _a, ...identity } = before.metadata;
  const { labels, annotations } = after.metadata;
  const metadata = { ...identity, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  const errors = validateObjectMeta(metadata as KubeObject['metadata'], { namespaced: before.metadata.namespace !== undefined }).filter(
    ({ field }) => field.startsWith('metadata.labels') || field.startsWith('metadata.annotations'),
  );
  if (errors.length > 0) throw new Error(formatFieldErrors(errors));
  return { ...after, metadata } as KubeObject;
};

const convertBatch = async (client: WebhookClient, conversion: Conversion, objects: readonly KubeObject[]): Promise<KubeObject[]> => {
  const { config, kind, desired } = conversion;
  const of = `${objects[0]!.apiVersion}, Kind=${kind}`;
  const uid = conversion.uid();
  const request = { uid, desiredAPIVersion: desired, objects };
  let converted: readonly unknown[];
  try {
    const answer = await client.post(
      config,
      { kind: 'ConversionReview', apiVersion: 'apiextensions.k8s.io/v1', request },
      { timeoutSeconds },
    );
    converted = readAnswer(answer, uid);
  } catch (error) {
    throw failed(`conversion webhook for ${of} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (converted.length !== objects.length)
    throw failed(`conversion webhook for ${of} returned ${converted.length} objects, expected ${objects.length}`);
  return converted.map((one, i) => {
    const at = `conversion webhook for ${of} returned invalid converted object at index ${i}`;
    if (!isObject(one) || !isObject(one.metadata)) throw failed(`${at}: it has no metadata`);
    if (one.apiVersion !== desired) throw failed(`${at}: invalid groupVersion (received ${text(one.apiVersion)}, expected ${desired})`);
    if (one.kind !== kind) throw failed(`${at}: invalid kind (received ${text(one.kind)}, expected ${kind})`);
    try {
      return restored(objects[i]!, one as unknown as KubeObject);
    } catch (error) {
      throw failed(`conversion webhook for ${of} returned invalid metadata: ${(error as Error).message}`);
    }
  });
};

/** In order. @throws ApiError */
export const convertObjects = async (
  client: WebhookClient,
  conversion: Conversion,
  objects: readonly KubeObject[],
): Promise<KubeObject[]> => {
  const converted: KubeObject[] = [];
  for (let at = 0; at < objects.length; at += batch)
    converted.push(...(await convertBatch(client, conversion, objects.slice(at, at + batch))));
  return converted;
};
