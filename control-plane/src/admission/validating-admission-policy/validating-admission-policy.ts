/**
 * ValidatingAdmissionPolicy: rules in CEL that requests must fulfil where a binding says so. A request that no policy with a binding names by its rules
 * costs nothing; one that is named costs the objects its policies ask for: parameters, the namespace, roles.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */

import type { ValidatingAdmissionPolicy } from '#schema/admissionregistration/validating-admission-policy.ts';
import type { ValidatingAdmissionPolicyBinding } from '#schema/admissionregistration/validating-admission-policy-binding.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Platform } from '../../platform/platform.ts';
import { createBodyCodec } from '../../registry/sealed.ts';
import type { AwaitedContext, AwaitedRequest, AwaitedStep, Configured } from '../awaited.ts';
import { configuredKinds, isExempt } from '../configurations.ts';
import { namespaceKey } from '../namespace-lifecycle.ts';
import { reviewRequest } from '../webhooks/review.ts';
import { nobodyAsks } from './access.ts';
import { compiledPolicy } from './compiled-policy.ts';
import { decide, type Verdict } from './decide.ts';
import { bindingMatches, ruledPlace, selected, selectsNamespace } from './matching.ts';
import { ParamError, Params } from './params.ts';
import { asApiError, type Denial, warningText } from './refused.ts';

const AUDIT_KEY = 'validation.policy.admission.k8s.io/validation_failure';

interface Bound {
  readonly policy: ValidatingAdmissionPolicy;
  readonly bindings: readonly ValidatingAdmissionPolicyBinding[];
}

const paired = new WeakMap<readonly KubeObject[], { readonly bindings: readonly KubeObject[]; readonly bound: readonly Bound[] }>();

/** Policies with their bindings. Kept as long as both lists are the same. */
const boundOf = (configured: Configured): readonly Bound[] => {
  const policies = configured(configuredKinds.policies) as readonly ValidatingAdmissionPolicy[];
  const bindings = configured(configuredKinds.policyBindings) as readonly ValidatingAdmissionPolicyBinding[];
  const known = paired.get(policies);
  if (known?.bindings === bindings) return known.bound;
  const bound = policies
    .map((policy) => ({ policy, bindings: bindings.filter(({ spec }) => spec.policyName === policy.metadata.name) }))
    .filter((one) => one.bindings.length > 0);
  paired.set(policies, { bindings, bound });
  return bound;
};

const isNamespace = ({ definition }: AwaitedRequest): boolean => definition.group === '' && definition.resource === 'namespaces';

/** What one request is told by all its policies. */
class Round {
  readonly #request: AwaitedRequest;
  readonly #context: AwaitedContext;
  readonly #params: Params;
  readonly denials: Denial[] = [];
  readonly #failures: object[] = [];
  readonly #notes = new Map<string, Set<string>>();
  #namespace: { readonly object: KubeObject | undefined } | undefined;

  constructor(request: AwaitedRequest, context: AwaitedContext, params: Params) {
    this.#request = request;
    this.#context = context;
    this.#params = params;
  }

  async judge({ policy, bindings }: Bound): Promise<void> {
    const request = this.#request;
    const match = policy.spec.matchConstraints;
    const place = match && ruledPlace(match, request);
    if (!place) return;
    const { reads } = compiledPolicy(policy);
    const asked = bindings.filter(({ spec }) => bindingMatches(spec.matchResources, request));
    if (asked.length === 0) return;
    const selecting = [match, ...asked.map(({ spec }) => spec.matchResources)].some(selectsNamespace);
    const namespace = selecting || reads.has('namespaceObject') ? await this.#namespaceObject() : undefined;
    if (!selected(match, request, namespace)) return;
    const asking = reads.has('authorizer') || reads.has('authorizer.requestResource');
    const given = {
      request: reviewRequest(request, place),
      authorize: asking && this.#context.access ? await this.#context.access(request.actor.user) : nobodyAsks,
      namespaceObject: namespace && !isNamespace(request) ? { apiVersion: 'v1', kind: 'Namespace', ...namespace } : null,
    };
    for (const binding of asked) {
      if (!selected(binding.spec.matchResources, request, namespace)) continue;
      try {
        const params = await this.#params.of(policy, binding, request.namespace, this.#context);
        for (const one of params ?? [null]) this.#apply(policy, binding, decide(policy, { ...given, params: one }));
      } catch (error) {
        if (!(error instanceof ParamError)) throw error;
        if (policy.spec.failurePolicy === 'Ignore') continue;
        const refusal = { message: `failed to configure binding: ${error.message}`, reason: '' };
        this.denials.push({ policy: policy.metadata.name!, binding: binding.metadata.name!, refusal });
      }
    }
  }

  /** The namespace the object is in; a namespace itself as it is or will be. */
  async #namespaceObject(): Promise<KubeObject | undefined> {
    const { namespace, operation, object } = this.#request;
    if (isNamespace(this.#request)) return operation === 'delete' ? undefined : object;
    if (!namespace) return undefined;
    this.#namespace ??= { object: await this.#context.lookup(namespaceKey(namespace)) };
    return this.#namespace.object;
  }

  #apply({ metadata }: ValidatingAdmissionPolicy, binding: ValidatingAdmissionPolicyBinding, { refusals, notes }: Verdict): void {
    const { validationActions = [] } = binding.spec;
    for (const refusal of refusals) {
      const denial: Denial = { policy: metadata.name!, binding: binding.metadata.name!, refusal };
      if (validationActions.includes('Deny')) this.denials.push(denial);
      if (validationActions.includes('Warn')) this.#context.warn(warningText(denial));
      if (validationActions.includes('Audit')) {
        const { message, index: expressionIndex = 0 } = refusal;
        this.#failures.push({ message, policy: denial.policy, binding: denial.binding, expressionIndex, validationActions });
      }
    }
    for (const [key, value] of Object.entries(notes)) {
      const full = `${metadata.name}/${key}`;
      this.#notes.set(full, (this.#notes.get(full) ?? new Set<string>()).add(value));
    }
  }

  annotate(): void {
    if (this.#failures.length > 0) this.#context.annotate(AUDIT_KEY, JSON.stringify(this.#failures));
    for (const [key, values] of this.#notes) this.#context.annotate(key, [...values].join(', '));
  }
}

export const validatingAdmissionPolicy = (platform: Pick<Platform, 'store' | 'keys' | 'cluster'>): AwaitedStep => {
  const bodies = createBodyCodec(platform.keys.sealingKeys, platform.cluster.clusterUid);
  const params = new Params(platform.store, bodies);
  return {
    name: 'ValidatingAdmissionPolicy',
    phase: 'validate',
    wants: (request, configured) =>
      !isExempt(storageKey(request.definition)) &&
      boundOf(configured).some(({ policy: { spec } }) => spec.matchConstraints && ruledPlace(spec.matchConstraints, request) !== undefined),
    run: async (request, context) => {
      const round = new Round(request, context, params);
      for (const bound of boundOf(context.configured)) await round.judge(bound);
      round.annotate();
      const [first] = round.denials;
      if (first) throw asApiError(request, first);
      return undefined;
    },
  };
};
