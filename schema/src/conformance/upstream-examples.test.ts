/**
 * Upstream keeps, for every kind, one object with all fields filled, as JSON and as protobuf. Where those files are at hand (the environment
 * variable KEDGE_K8S_API_TESTDATA names their folder) both must decode to the same object. Without them, encode and decode are held
 * against each other on objects filled from our own structs, so that no field number is used twice and no type is lost.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../dsl/decode.ts';
import type { Field, FieldType, Struct } from '../dsl/field.ts';
import { planOf } from '../dsl/plan.ts';
import { decodeProto, encodeProto } from '../dsl/proto.ts';
import { decodeEnvelope } from '../proto/envelope.ts';
import { type Root, roots } from './roots.ts';

const folder = process.env.KEDGE_K8S_API_TESTDATA;
const filesOf = ({ example, kind }: Root) =>
  ['json', 'pb'].map((ending) => join(folder ?? '', `${example}.${kind}.${ending}`)) as [string, string];

/** Fields of the examples that we do not know on purpose, by root. */
const unknown: Readonly<Record<string, readonly string[]>> = { 'v1/Status': ['unknown field "metadata.shardInfo"'] };

if (folder)
  describe('upstream examples', () => {
    // no example has a kind of its own for these: they are part of the machinery
    const inExamples = roots.filter((root) => existsSync(filesOf(root)[0]));

    it('are there for the kinds', () => {
      expect(inExamples.length).toBeGreaterThanOrEqual(roots.length - 4);
    });

    it.each(inExamples)('$apiVersion $kind: protobuf and JSON are the same object', (root) => {
      const [json, pb] = filesOf(root);
      const fromJson = decode(root.struct, JSON.parse(readFileSync(json, 'utf8')));
      expect(fromJson.errors).toEqual([]);
      expect(fromJson.unknownFields).toEqual(unknown[`${root.apiVersion}/${root.kind}`] ?? []);
      const { apiVersion, kind, raw } = decodeEnvelope(readFileSync(pb));
      expect({ apiVersion, kind, ...decodeProto(root.struct, raw) }).toEqual(fromJson.value);
    });
  });

const scalarSamples: Readonly<Record<string, unknown>> = {
  string: 'text',
  int32: 7,
  int64: 70_000_000_000,
  double: 1.5,
  bool: true,
  bytes: 'AQI=',
  quantity: '100m',
  intOrString: 'http',
  time: '2024-01-02T03:04:05Z',
  microTime: '2024-01-02T03:04:05.000006Z',
  duration: '1m30s',
  rawExtension: { a: 1 },
  json: [1, { a: null }],
  fieldsV1: { 'f:a': {} },
};

const sampleOf = (type: FieldType, owners: readonly Struct<any>[]): unknown => {
  if (type.kind === 'scalar') return scalarSamples[type.scalar];
  if (type.kind === 'list') return [sampleOf(type.item, owners), sampleOf(type.item, owners)];
  if (type.kind === 'map') return { key: sampleOf(type.value, owners) };
  return fill(type.struct(), owners);
};

/** A struct that holds itself is filled once. Fields without a number (`apiVersion`, `kind`) stand in the envelope. */
const fill = (struct: Struct<any>, owners: readonly Struct<any>[] = []): Record<string, unknown> => {
  if (owners.includes(struct)) return {};
  const fields = [...planOf(struct).byName].filter(([, { field }]) => field.no > 0);
  return Object.fromEntries(fields.map(([name, { type }]) => [name, sampleOf(type, [...owners, struct])]));
};

describe('our structs', () => {
  if (!folder) console.log('KEDGE_K8S_API_TESTDATA is not set: upstream examples were not compared');

  it.each(roots)('$apiVersion $kind: every field survives protobuf', ({ struct }) => {
    const object = fill(struct);
    expect(decodeProto(struct, encodeProto(struct, object))).toEqual(decode(struct, object).value);
  });

  it('use no field number twice', () => {
    const clashes: string[] = [];
    const seen = new Set<Struct<any>>();
    const visit = (struct: Struct<any>): void => {
      if (seen.has(struct)) return;
      seen.add(struct);
      const numbers = new Map<number, string>();
      for (const [name, field] of Object.entries(struct.fields) as [string, Field][]) {
        if (field.no > 0 && numbers.has(field.no))
          clashes.push(`${struct.name}: ${name} and ${numbers.get(field.no)} are both ${field.no}`);
        numbers.set(field.no, name);
        let { type } = field;
        while (type.kind === 'list' || type.kind === 'map') type = type.kind === 'list' ? type.item : type.value;
        if (type.kind === 'struct') visit(type.struct());
      }
    };
    for (const { struct } of roots) visit(struct);
    expect(clashes).toEqual([]);
    expect(seen.size).toBeGreaterThan(150);
  });
});
