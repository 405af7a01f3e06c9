/**
 * The kinds a snapshot knows: those of schema/ and, as soon as they are established, those of CustomResourceDefinitions. The object cache teaches it
 * with every definition it takes in; so an owner, a namespace or a scale target may be of any kind.
 */
import type { CustomResourceDefinition } from '#schema/apiextensions/custom-resource-definition.ts';
import { customResourceDefinitions } from '#schema/apiextensions/custom-resource-definition.ts';
import { definitionOf, isEstablished } from '#schema/custom/definition-of.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { findByKind, resources } from '#schema/resources.ts';
import type { StorageKey } from './snapshot.ts';

/** Where the definitions of custom resources are stored. */
export const CUSTOM_RESOURCE_DEFINITIONS: StorageKey = storageKey(customResourceDefinitions);

export interface Definitions {
  /** `group` is '' for core. */
  byKind(group: string, kind: string): ResourceDefinition | undefined;
  /** As an object or an owner reference names it. */
  of(object: { readonly apiVersion?: string; readonly kind?: string }): ResourceDefinition | undefined;
  /** Kinds that are kept durably, built in and custom. */
  durable(): readonly ResourceDefinition[];
}

const builtIn: readonly ResourceDefinition[] = resources.filter((definition) => definition.storage === 'durable');

export class KnownDefinitions implements Definitions {
  readonly #custom = new Map<string, ResourceDefinition>();
  readonly #byKind = new Map<string, ResourceDefinition>();
  #durable = builtIn;

  /** By storage key. */
  get custom(): ReadonlyMap<StorageKey, ResourceDefinition> {
    return this.#custom;
  }

  /** `object` undefined: the definition of this name is gone. Returns the storage key of a kind that is new. */
  learn(name: string, object: KubeObject | undefined): StorageKey | undefined {
    const crd = object as CustomResourceDefinition | undefined;
    const dot = name.indexOf('.');
    const key = `${name.slice(dot + 1)}/${name.slice(0, dot)}`;
    if (!crd) {
      this.#custom.delete(key);
      this.#index();
      return undefined;
    }
    if (!isEstablished(crd)) return undefined;
    const isNew = !this.#custom.has(key);
    this.#custom.set(key, definitionOf(crd));
    this.#index();
    return isNew ? key : undefined;
  }

  #index(): void {
    this.#byKind.clear();
    for (const definition of this.#custom.values()) this.#byKind.set(`${definition.group}/${definition.kind}`, definition);
    this.#durable = this.#custom.size > 0 ? [...builtIn, ...this.#custom.values()] : builtIn;
  }

  byKind(group: string, kind: string): ResourceDefinition | undefined {
    return findByKind(group, kind) ?? this.#byKind.get(`${group}/${kind}`);
  }

  of({ apiVersion = '', kind = '' }: { readonly apiVersion?: string; readonly kind?: string }): ResourceDefinition | undefined {
    const slash = apiVersion.indexOf('/');
    return this.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), kind);
  }

  durable(): readonly ResourceDefinition[] {
    return this.#durable;
  }
}
