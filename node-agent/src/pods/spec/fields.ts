/**
 * Fields of a pod as text: for environment variables and downward-API files.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
import type { Container, Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';

export interface FieldFacts {
  readonly podIP: string;
  readonly hostIP: string;
  readonly nodeName: string;
}

/** Go's %q of a label value, as the downward API prints a map: one `key="value"` a line, sorted. */
const formatMap = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map![key])}`)
    .join('\n');

/** undefined: no such field. */
export const podField = (pod: Pod, path: string, facts: FieldFacts): string | undefined => {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript) return getOwn(metadata[subscript[1] as 'labels' | 'annotations'], subscript[2]!) ?? '';
  const fields: Readonly<Record<string, () => string>> = {
    'metadata.name': () => metadata.name ?? '',
    'metadata.namespace': () => metadata.namespace ?? '',
    'metadata.uid': () => metadata.uid ?? '',
    'metadata.labels': () => formatMap(metadata.labels),
    'metadata.annotations': () => formatMap(metadata.annotations),
    'spec.nodeName': () => spec.nodeName || facts.nodeName,
    'spec.serviceAccountName': () => spec.serviceAccountName ?? '',
    'status.hostIP': () => facts.hostIP,
    'status.hostIPs': () => facts.hostIP,
    'status.podIP': () => facts.podIP,
    'status.podIPs': () => facts.podIP,
  };
  return fields[path]?.();
};

/** A container's request or limit in units of the divisor, rounded up; an absent limit is what the node has. undefined: no such resource. */
export const containerResource = (
  container: Container,
  selector: { readonly resource: string; readonly divisor?: string },
  allocatable: Readonly<Record<string, string>>,
): string | undefined => {
  const [kind, ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  if ((kind !== 'limits' && kind !== 'requests') || name === '') return undefined;
  const { limits, requests } = container.resources ?? {};
  const quantity =
    (kind === 'requests' ? requests?.[name] : undefined) ?? limits?.[name] ?? (kind === 'limits' ? allocatable[name] : undefined) ?? '0';
  const divisor = selector.divisor && selector.divisor !== '0' ? selector.divisor : '1';
  return name === 'cpu'
    ? String(Math.ceil(toMilli(quantity) / toMilli(divisor)))
    : String(Math.ceil(toBytes(quantity) / Math.max(toBytes(divisor), 1)));
};
