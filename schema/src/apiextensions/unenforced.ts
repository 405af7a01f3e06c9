/** What a CustomResourceDefinition asks for and this cluster does not do: told to whoever writes it. */
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

export const unenforced = ({ spec }: CustomResourceDefinition): readonly string[] => [
  ...(spec.conversion?.strategy === 'Webhook'
    ? ['spec.conversion: conversion webhooks are not called; versions are converted by changing apiVersion alone']
    : []),
];
