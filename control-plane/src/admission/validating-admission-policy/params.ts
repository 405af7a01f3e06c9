/** The objects that parameterize a policy, as its binding names them: by name, or all that a selector takes. */

import type { ValidatingAdmissionPolicy } from '#schema/admissionregistration/validating-admission-policy.ts';
import type { ValidatingAdmissionPolicyBinding } from '#schema/admissionregistration/validating-admission-policy-binding.ts';
import { type CustomResourceDefinition, customResourceDefinitions } from '#schema/apiextensions/custom-resource-definition.ts';
import { definitionOf, isEstablished } from '#schema/custom/definition-of.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { findByKind } from '#schema/resources.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import { parseBody } from '../../registry/body.ts';
import type { BodyCodec } from '../../registry/sealed.ts';
import type { ListQuery, Store, StoredObject } from '../../store/store.ts';
import type { AwaitedContext } from '../awaited.ts';

/** Cannot be had; the message is for the client. */
export class ParamError extends Error {
  override readonly name = 'ParamError';
}

/** Policies come from a memo: their kind is looked up again when they change, or when it was not there. */
const kinds = new WeakMap<object, ResourceDefinition>();

export class Params {
  readonly #store: Pick<Store, 'list'>;
  readonly #bodies: Pick<BodyCodec, 'open'>;

  /** `bodies` opens those of sealed kinds. */
  constructor(store: Pick<Store, 'list'>, bodies: Pick<BodyCodec, 'open'>) {
    this.#store = store;
    this.#bodies = bodies;
  }

  /** undefined: the policy has none; empty: there are none, and that is no reason to refuse. @throws ParamError */
  async of(
    policy: ValidatingAdmissionPolicy,
    { spec }: ValidatingAdmissionPolicyBinding,
    namespace: string,
    context: AwaitedContext,
  ): Promise<readonly KubeObject[] | undefined> {
    const { paramRef } = spec;
    if (!policy.spec.paramKind || !paramRef) return undefined;
    const definition = await this.#kind(policy);
    const within = this.#namespaceOf(definition, paramRef.namespace, namespace);
    const found = paramRef.name
      ? [await context.lookup({ resource: storageKey(definition), namespace: within, name: paramRef.name })].filter(
          (one) => one !== undefined,
        )
      : await this.#selected(definition, within, paramRef.selector ?? {});
    if (found.length === 0 && paramRef.parameterNotFoundAction !== 'Allow') {
      throw new ParamError('no params found for policy binding with `Deny` parameterNotFoundAction');
    }
    const type = { apiVersion: policy.spec.paramKind.apiVersion!, kind: definition.kind };
    return found.map((object) => ({ ...object, ...type }));
  }

  #namespaceOf(definition: ResourceDefinition, asked: string | undefined, own: string): string {
    if (!definition.namespaced) {
      if (asked) throw new ParamError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
      return '';
    }
    const namespace = asked || own;
    if (!namespace) throw new ParamError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
    return namespace;
  }

  async #kind(policy: ValidatingAdmissionPolicy): Promise<ResourceDefinition> {
    const known = kinds.get(policy);
    if (known) return known;
    const { apiVersion = '', kind = '' } = policy.spec.paramKind ?? {};
    const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
    const found = findByKind(group, kind) ?? (await this.#customKind(group, kind));
    if (!found?.versions.some((one) => one.version === version && one.served)) {
      throw new ParamError(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`);
    }
    kinds.set(policy, found);
    return found;
  }

  async #customKind(group: string, kind: string): Promise<ResourceDefinition | undefined> {
    const definitions = await this.#all({ resource: storageKey(customResourceDefinitions) });
    const crd = definitions
      .map((stored) => parseBody(stored.body, stored.revision) as CustomResourceDefinition)
      .find(({ spec }) => spec.group === group && spec.names.kind === kind);
    return crd && isEstablished(crd) ? definitionOf(crd) : undefined;
  }

  async #selected(definition: ResourceDefinition, namespace: string, selector: object): Promise<KubeObject[]> {
    const wanted = labelSelectorOf(selector);
    const stored = await this.#all({ resource: storageKey(definition), namespace });
    const bodies = await Promise.all(stored.map((one) => this.#bodies.open(one, one.body)));
    return bodies
      .map((body, i) => parseBody(body, stored[i]!.revision))
      .filter(({ metadata }) => !metadata.deletionTimestamp && matches(wanted, metadata.labels));
  }

  async #all(query: ListQuery): Promise<StoredObject[]> {
    const all: StoredObject[] = [];
    for (let after: ListQuery['after'] | undefined; ; ) {
      const page = await this.#store.list({ ...query, ...(after ? { after } : {}) });
      all.push(...page.items);
      const last = page.more ? page.items.at(-1) : undefined;
      if (!last) return all;
      after = { namespace: last.namespace, name: last.name };
    }
  }
}
