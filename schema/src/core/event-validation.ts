/**
 * What an event must be. Events in the new form (with `eventTime`) must also say who reports them.
 */
import type { FieldError } from '../resource.ts';
import { invalid, required } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { Event } from './event.ts';

const MAX_WORD = 128;
const MAX_NOTE = 1024;
/** Events about cluster-scoped objects live in one of these. */
const clusterNamespaces = ['default', 'kube-system'];

export const validateEvent = (event: Event, old?: Event): FieldError[] => {
  const { metadata, involvedObject } = event;
  const about = involvedObject.namespace ?? '';
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  const fits = about === '' ? clusterNamespaces.includes(metadata.namespace ?? '') : about === metadata.namespace;
  if (!fits) errors.push(invalid('involvedObject.namespace', about, 'does not match event.namespace'));
  return event.eventTime ? [...errors, ...validateNewForm(event)] : errors;
};

const validateNewForm = (event: Event): FieldError[] => {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' } = event;
  const errors: FieldError[] = [];
  if (reportingComponent === '') errors.push(required('reportingController'));
  else errors.push(...isQualifiedName(reportingComponent).map((p) => invalid('reportingController', reportingComponent, p)));
  for (const [field, value] of Object.entries({ reportingInstance, action, reason })) {
    if (value === '') errors.push(required(field));
    else if (value.length > MAX_WORD) errors.push(invalid(field, value, `can have at most ${MAX_WORD} characters`));
  }
  if (message.length > MAX_NOTE) errors.push(invalid('message', message, `can have at most ${MAX_NOTE} characters`));
  return errors;
};

/** What was sent as an event of events.k8s.io must be one of the new form. */
export const validateSentEvent = ({ eventTime, series, type = '', ...event }: Event): FieldError[] => {
  const errors: FieldError[] = [];
  if (series && (series.count ?? 0) < 2) errors.push(invalid('series.count', '', 'should be at least 2'));
  if (series && !series.lastObservedTime) errors.push(required('series.lastObservedTime'));
  if (!eventTime) errors.push(required('eventTime'));
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalid('type', '', `has invalid value: ${type}`));
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count'] as const)
    if (event[field]) errors.push(invalid(field, '', 'needs to be unset'));
  if (event.source?.component || event.source?.host) errors.push(invalid('source', '', 'needs to be unset'));
  return errors;
};

/** Field selectors as events.k8s.io names them. */
export const eventFieldLabels = {
  ...Object.fromEntries(
    ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((name) => [
      `regarding.${name}`,
      `involvedObject.${name}`,
    ]),
  ),
  reason: 'reason',
  reportingController: 'reportingComponent',
  type: 'type',
};
