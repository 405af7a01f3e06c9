/** What a stateful set must be, and what of it may change. */
import type { PodTemplateSpec } from '../core/pod-template.ts';
import { validatePodTemplate } from '../core/pod-validation.ts';
import { equalJson } from '../dsl/own.ts';
import { nonNegative, nonNegativeOrPercent, problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid } from '../validation/errors.ts';
import { isDNS1035Label, isDNS1123Label } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { StatefulSet, StatefulSetSpec } from './stateful-set.ts';
import { validateSelectedTemplate } from './workload.ts';

const FROZEN =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export const validateStatefulSet = (set: StatefulSet, old?: StatefulSet): FieldError[] => {
  const errors = [...validateObjectMeta(set.metadata, { namespaced: true }, old?.metadata), ...validateSpec(set.spec)];
  if (!old) {
    const { serviceName = '' } = set.spec;
    if (serviceName !== '') errors.push(...problems('spec.serviceName', serviceName, isDNS1035Label(serviceName)));
  } else if (!equalJson(frozenOf(set.spec), frozenOf(old.spec))) errors.push(forbidden('spec', FROZEN));
  return errors;
};

/** What may not change once the set is there. */
const frozenOf = ({ selector, serviceName = '', podManagementPolicy, volumeClaimTemplates = [] }: StatefulSetSpec) => ({
  selector,
  serviceName,
  podManagementPolicy,
  volumeClaimTemplates,
});

const validateSpec = (spec: StatefulSetSpec): FieldError[] => {
  const errors: FieldError[] = [];
  const { podManagementPolicy: policy, template, ordinals } = spec;
  if (policy !== undefined && policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  return [
    ...errors,
    ...validateUpdateStrategy(spec),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...nonNegative('spec.ordinals.start', ordinals?.start),
    ...validateSelectedTemplate(spec, 'statefulset'),
    ...(template ? validatePodTemplate(withClaims(spec, template), 'spec.template', 'StatefulSet') : []),
  ];
};

const validateUpdateStrategy = ({ updateStrategy }: StatefulSetSpec): FieldError[] => {
  const path = 'spec.updateStrategy';
  const { type = 'RollingUpdate', rollingUpdate } = updateStrategy ?? {};
  if (type === 'OnDelete') {
    return rollingUpdate ? [invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : [];
  }
  if (type !== 'RollingUpdate') return [invalid(path, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  const at = `${path}.rollingUpdate.maxUnavailable`;
  const errors = [...nonNegative(`${path}.rollingUpdate.partition`, partition), ...nonNegativeOrPercent(at, maxUnavailable)];
  if (errors.length > 0 || maxUnavailable === undefined) return errors;
  if (Number.parseInt(String(maxUnavailable), 10) === 0) errors.push(invalid(at, maxUnavailable, 'cannot be 0'));
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.push(invalid(at, maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
};

/** The template as its pods will be: every claim is a volume that containers may mount. */
const withClaims = ({ volumeClaimTemplates }: StatefulSetSpec, template: PodTemplateSpec): PodTemplateSpec => {
  const { spec } = template;
  if (!spec || !volumeClaimTemplates?.length) return template;
  const named = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const added = volumeClaimTemplates
    .map((claim) => claim.metadata?.name ?? '')
    .filter((name, i, all) => !named.has(name) && all.indexOf(name) === i && isDNS1123Label(name).length === 0)
    .map((name) => ({ name, emptyDir: {} }));
  // at the end, so that paths of errors name the volumes the client wrote
  return { ...template, spec: { ...spec, volumes: [...(spec.volumes ?? []), ...added] } };
};
