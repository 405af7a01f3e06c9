/** What a CustomResourceDefinition asks for and this cluster does not do: told to whoever writes it. */
import { isObject } from '../dsl/own.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import type { JSONSchemaProps } from './json-schema-props.ts';

const hasRules = (schema: unknown): boolean => {
  if (!isObject(schema)) return false;
  const { properties, items, additionalProperties, ...own } = schema as JSONSchemaProps;
  if ((own['x-kubernetes-validations']?.length ?? 0) > 0) return true;
  return [...Object.values(properties ?? {}), items, additionalProperties].some(hasRules);
};

export const unenforced = ({ spec }: CustomResourceDefinition): readonly string[] => [
  ...spec.versions.flatMap(({ schema }, i) =>
    hasRules(schema?.openAPIV3Schema)
      ? [`spec.versions[${i}].schema.openAPIV3Schema: x-kubernetes-validations rules are stored but not enforced by this server`]
      : [],
  ),
  ...(spec.conversion?.strategy === 'Webhook'
    ? ['spec.conversion: conversion webhooks are not called; versions are converted by changing apiVersion alone']
    : []),
];
