/** RuntimeClass: a pod that names a runtime class gets its overhead, node selector and tolerations. */
import { equalJson, getOwn } from '#schema/dsl/own.ts';
import { forbidden } from '../apiserver/errors.ts';
import type { ObjectKey } from '../store/store.ts';
import type { AdmissionRequest, AdmissionStep } from './admission.ts';
import { isCreateOf } from './requests.ts';

const keyOf = ({ object }: AdmissionRequest): ObjectKey => ({
  resource: 'node.k8s.io/runtimeclasses',
  namespace: '',
  name: object.spec.runtimeClassName,
});

const concerns = (request: AdmissionRequest): boolean => isCreateOf(request, 'core/pods') && Boolean(request.object.spec.runtimeClassName);

export const runtimeClass: AdmissionStep = {
  name: 'RuntimeClass',
  reads: (request) => (concerns(request) ? [keyOf(request)] : []),
  mutate: (request, { lookup }) => {
    if (!isCreateOf(request, 'core/pods')) return;
    const { definition, name, object } = request;
    const { spec } = object;
    if (!concerns(request)) {
      if (spec.overhead && Object.keys(spec.overhead).length > 0) {
        throw forbidden(definition, name, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
      }
      return;
    }
    const found = lookup(keyOf(request));
    if (!found) throw forbidden(definition, name, `pod rejected: RuntimeClass "${spec.runtimeClassName}" not found`);
    const overhead = found.overhead?.podFixed;
    if (spec.overhead && !equalJson(spec.overhead, overhead ?? {})) {
      throw forbidden(definition, name, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    if (overhead) spec.overhead = { ...overhead };
    for (const [key, value] of Object.entries<string>(found.scheduling?.nodeSelector ?? {})) {
      const own = getOwn(spec.nodeSelector, key) ?? value;
      if (own !== value) {
        throw forbidden(
          definition,
          name,
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
        );
      }
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
    }
    const added = (found.scheduling?.tolerations ?? []).filter(
      (one: unknown) => !(spec.tolerations ?? []).some((other: unknown) => equalJson(one, other)),
    );
    if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...added];
  },
};
