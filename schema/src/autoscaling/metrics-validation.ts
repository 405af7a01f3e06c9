/** What the metrics of an autoscaler must be. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import { compare } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { isPathSegmentName } from '../validation/names.ts';
import type { MetricIdentifier, MetricSpec, MetricTarget } from './metrics.ts';

/** Field of each type, in the order upstream looks at them. */
const sources = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
type Source = (typeof sources)[keyof typeof sources];

/** Kind and name are there, and can stand in a path. */
export const validateReference = (reference: { readonly kind: string; readonly name: string }, path: string): FieldError[] =>
  (['kind', 'name'] as const).flatMap((field) => {
    const value = reference[field];
    return value === '' ? [required(`${path}.${field}`)] : problems(`${path}.${field}`, value, isPathSegmentName(value));
  });

const targetTypes = ['Utilization', 'Value', 'AverageValue'];
const positive = (value: string | undefined): boolean => value !== undefined && compare(value, '0') > 0;

export const validateMetrics = (metrics: readonly MetricSpec[], path: string): FieldError[] =>
  metrics.flatMap((metric, i) => validateMetric(metric, `${path}[${i}]`));

const validateMetric = (spec: MetricSpec, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (spec.type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'));
  const wanted = Object.hasOwn(sources, spec.type) ? sources[spec.type as keyof typeof sources] : undefined;
  if (!wanted) errors.push(notSupported(`${path}.type`, spec.type, Object.keys(sources)));
  const present = Object.values(sources).filter((source) => spec[source] !== undefined);
  if (present[0]) errors.push(...checks[present[0]](spec as Required<MetricSpec>, `${path}.${present[0]}`));
  if (wanted && !spec[wanted]) errors.push(required(`${path}.${wanted}`, 'must populate information for the given metric source'));
  if (present.length !== 1) {
    for (const source of present.filter((one) => one !== wanted)) {
      errors.push(forbidden(`${path}.${source}`, 'must populate the given metric source only'));
    }
  }
  return errors;
};

const validateTarget = (target: MetricTarget, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (target.type === '') errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!targetTypes.includes(target.type)) {
    errors.push(invalid(`${path}.type`, target.type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const value = target[field];
    if (value !== undefined && !positive(value)) errors.push(invalid(`${path}.${field}`, value, 'must be positive'));
  }
  const { averageUtilization: share } = target;
  if (share !== undefined && share < 1) errors.push(invalid(`${path}.averageUtilization`, share, 'must be greater than 0'));
  return errors;
};

const validateIdentifier = ({ name }: MetricIdentifier, path: string): FieldError[] =>
  name === '' ? [required(`${path}.name`, 'must specify a metric name')] : problems(`${path}.name`, name, isPathSegmentName(name));

const validateResourceSource = (source: { readonly name: string; readonly target: MetricTarget }, path: string): FieldError[] => {
  const { name, target } = source;
  const errors = name === '' ? [required(`${path}.name`, 'must specify a resource name')] : [];
  errors.push(...validateTarget(target, `${path}.target`));
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    errors.push(required(`${path}.target.averageUtilization`, 'must set either a target raw value or a target utilization'));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    errors.push(forbidden(`${path}.target.averageValue`, 'may not set both a target raw value and a target utilization'));
  }
  return errors;
};

const checks: { readonly [S in Source]: (spec: Required<MetricSpec>, path: string) => FieldError[] } = {
  object: ({ object: { describedObject, metric, target } }, path) => {
    const errors = [
      ...validateReference(describedObject, `${path}.describedObject`),
      ...validateIdentifier(metric, `${path}.metric`),
      ...validateTarget(target, `${path}.target`),
    ];
    if (target.value === undefined && target.averageValue === undefined) {
      errors.push(required(`${path}.target.averageValue`, 'must set either a target value or averageValue'));
    }
    return errors;
  },
  external: ({ external: { metric, target } }, path) => {
    const errors = [...validateIdentifier(metric, `${path}.metric`), ...validateTarget(target, `${path}.target`)];
    const { value, averageValue } = target;
    if (value === undefined && averageValue === undefined) {
      errors.push(required(`${path}.target.averageValue`, 'must set either a target value for metric or a per-pod target'));
    }
    if (value !== undefined && averageValue !== undefined) {
      errors.push(forbidden(`${path}.target.value`, 'may not set both a target value for metric and a per-pod target'));
    }
    return errors;
  },
  pods: ({ pods: { metric, target } }, path) => [
    ...validateIdentifier(metric, `${path}.metric`),
    ...validateTarget(target, `${path}.target`),
    ...(positive(target.averageValue) ? [] : [required(`${path}.target.averageValue`, 'must specify a positive target averageValue')]),
  ],
  resource: ({ resource }, path) => validateResourceSource(resource, path),
  containerResource: ({ containerResource }, path) => [
    ...validateResourceSource(containerResource, path),
    ...(containerResource.container === '' ? [required(`${path}.container`, 'must specify a container')] : []),
  ],
};
