/** A valid request, and what all of them are made of: media types, encoders, headers. */
import { stringify } from 'yaml';
import type { Served } from '#control-plane/apiserver/catalog.ts';
import { encodeProto } from '#schema/dsl/proto.ts';
import { encodeEnvelope } from '#schema/proto/envelope.ts';
import type { Chance } from './chance.ts';

export interface ValidRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: { readonly value: unknown; readonly encode: (value: unknown) => string | Uint8Array };
}

export interface Route {
  readonly name: string;
  /** Media type of the body; '' for none. */
  readonly type: string;
  valid(chance: Chance): ValidRequest;
}

export const json = 'application/json';
export const yaml = 'application/yaml';
export const protobuf = 'application/vnd.kubernetes.protobuf';
const accepts = [
  json,
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
  yaml,
  `${protobuf},${json}`,
];

export const encoders: Readonly<Record<string, (one: Served) => (value: unknown) => string | Uint8Array>> = {
  [json]: () => (value) => JSON.stringify(value) ?? '',
  [yaml]: () => (value) => stringify(value, { aliasDuplicateObjects: false }),
  [protobuf]: (one) => (value) =>
    encodeEnvelope({ apiVersion: one.groupVersion, kind: one.definition.kind, raw: encodeProto(one.served.schema, value as any) }),
};

export const dry = { dryRun: 'All' } as const;
export const plainHeaders = (chance: Chance, type: string): Record<string, string> => ({
  accept: chance.of(accepts),
  ...(type ? { 'content-type': type } : {}),
});
