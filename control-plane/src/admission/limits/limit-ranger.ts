/**
 * LimitRanger: containers get the namespace's default requests and limits, and nothing passes its bounds.
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */

import { qosClassOf } from '#schema/core/qos.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import { forbidden } from '../../apiserver/errors.ts';
import type { AdmissionRequest, AdmissionStep, ListKey } from '../admission.ts';
import { isCreateOf, isResize } from '../requests.ts';
import { boundErrors, type LimitItem, podTotals, type Usage } from './bounds.ts';

const LIMIT_RANGES = 'core/limitranges';
const CLAIMS = 'core/persistentvolumeclaims';

const listKey = ({ namespace }: AdmissionRequest): ListKey => ({ resource: LIMIT_RANGES, namespace });

const concerns = (request: AdmissionRequest): boolean => {
  const { operation, definition, subresource } = request;
  if (isCreateOf(request, 'core/pods') || isResize(request)) return true;
  return !subresource && operation !== 'delete' && storageKey(definition) === CLAIMS;
};

const itemsOf = (range: KubeObject): LimitItem[] => range.spec?.limits ?? [];

/** Sets what is missing and says what it set. */
const fill = (target: Record<string, any>, defaults: Usage | undefined): string[] => {
  const set: string[] = [];
  for (const [name, quantity] of Object.entries(defaults ?? {})) {
    if (getOwn(target, name) !== undefined) continue;
    target[name] = quantity;
    set.push(name);
  }
  return set;
};

const fillContainer = (container: any, item: LimitItem): string[] => {
  container.resources ??= {};
  const limits = { ...container.resources.limits };
  const requests = { ...container.resources.requests };
  const setRequests = fill(requests, item.defaultRequest);
  const setLimits = fill(limits, item.default);
  if (Object.keys(limits).length > 0) container.resources.limits = limits;
  if (Object.keys(requests).length > 0) container.resources.requests = requests;
  return [
    ...(setRequests.length > 0 ? [`${setRequests.join(', ')} request for container ${container.name}`] : []),
    ...(setLimits.length > 0 ? [`${setLimits.join(', ')} limit for container ${container.name}`] : []),
  ];
};

const mutate = (request: AdmissionRequest, ranges: readonly KubeObject[]): void => {
  if (!isCreateOf(request, 'core/pods')) return;
  const { spec, metadata } = request.object;
  const notes: string[] = [];
  for (const item of ranges.flatMap(itemsOf)) {
    if (item.type !== 'Container') continue;
    for (const container of spec.containers ?? []) notes.push(...fillContainer(container, item));
    for (const container of spec.initContainers ?? []) {
      notes.push(...fillContainer(container, item).map((note) => note.replace('for container', 'for init container')));
    }
  }
  if (notes.length === 0) return;
  metadata.annotations = { ...metadata.annotations, 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}` };
  request.object.status = { ...request.object.status, qosClass: qosClassOf(request.object.spec) };
};

const errorsOf = (request: AdmissionRequest, range: KubeObject): string[] => {
  const { spec } = request.object;
  if (storageKey(request.definition) === CLAIMS) {
    return itemsOf(range)
      .filter(({ type }) => type === 'PersistentVolumeClaim')
      .flatMap((item) => boundErrors(item, spec?.resources?.requests ?? {}, undefined));
  }
  return itemsOf(range).flatMap((item) => {
    if (item.type === 'Container') {
      const containers: any[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
      return containers.flatMap(({ resources }) => boundErrors(item, resources?.requests ?? {}, resources?.limits ?? {}));
    }
    if (item.type !== 'Pod') return [];
    const { requests, limits } = podTotals(spec);
    return boundErrors(item, requests, limits);
  });
};

export const limitRanger: AdmissionStep = {
  name: 'LimitRanger',
  lists: (request) => (concerns(request) ? [listKey(request)] : []),
  mutate: (request, { list }) => {
    if (concerns(request)) mutate(request, list(listKey(request)));
  },
  validate: (request, { list }) => {
    if (!concerns(request)) return;
    const errors = list(listKey(request)).flatMap((range) => errorsOf(request, range));
    if (errors.length === 0) return;
    throw forbidden(request.definition, request.name, errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  },
};
