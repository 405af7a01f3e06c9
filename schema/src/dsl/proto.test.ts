import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { decodeEnvelope, encodeEnvelope } from '../proto/envelope.ts';
import { decode } from './decode.ts';
import { decodeProto, encodeProto, ProtoError } from './proto.ts';
import { Root, Spec } from './test-structs.ts';

const full = {
  spec: {
    replicas: -1,
    items: [
      {
        name: 'a',
        value: 'ü',
        count: 2,
        limits: { cpu: '500m', memory: '1Gi' },
        exec: ['sh', ''],
        port: 'http',
        from: { name: 'n', key: 'k' },
      },
      { name: 'b', ports: [{ containerPort: 80, protocol: 'TCP' }], port: 8080 },
    ],
    args: ['', 'x'],
    labels: { b: '2', a: '' },
    data: { k: 'aGk=', empty: '' },
    big: -5_000_000_000,
    ratio: 0.25,
    on: true,
    maybe: false,
    numbers: [0, -7, 2147483647],
    when: '2024-02-29T12:00:00Z',
    exactly: '2024-02-29T12:00:00.000001Z',
    wait: '1m30s',
    raw: { a: [1, null] },
    tree: { name: 'x', child: { child: {} } },
    extra: { scopes: ['a', 'b'], none: [] },
  },
};

describe('protobuf', () => {
  it('round-trips every type', () => {
    expect(decode(Root, full).value).toEqual(full);
    expect(decodeProto(Root, encodeProto(Root, full))).toEqual(full);
  });

  it('drops zeros of optional non-pointer fields and keeps those of pointers', () => {
    // replicas = 0, big = 0, on = false, maybe = false
    expect(decodeProto(Spec, Uint8Array.of(0x08, 0, 0x50, 0, 0x60, 0, 0x68, 0))).toEqual({ replicas: 0, maybe: false });
  });

  it('takes the last value of a repeated scalar field, a zero too', () => {
    expect(decodeProto(Spec, Uint8Array.of(0x50, 1, 0x50, 0))).toEqual({});
  });

  it('reads packed lists', () => {
    expect(decodeProto(Spec, Uint8Array.of(0x72, 3, 1, 0x96, 0x01))).toEqual({ numbers: [1, 150] });
  });

  it('skips unknown numbers of every wire type', () => {
    const unknown = [0xa0, 0x06, 1, 0xa1, 0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0xa2, 0x06, 1, 9, 0xa5, 0x06, 0, 0, 0, 0];
    expect(decodeProto(Spec, Uint8Array.of(...unknown, 0x60, 1))).toEqual({ on: true });
  });

  it('takes an empty time as absent', () => {
    expect(decodeProto(Spec, Uint8Array.of(0x7a, 0))).toEqual({});
  });

  it('answers every cut or damaged message with a ProtoError, never with more', () => {
    const bytes = encodeProto(Root, full);
    for (let size = 0; size < bytes.length; size++) {
      try {
        decodeProto(Root, bytes.subarray(0, size));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtoError);
      }
    }
    expect(() => decodeProto(Root, bytes.subarray(0, bytes.length - 1))).toThrow('unexpected EOF');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          decodeProto(Root, damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtoError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not believe a length', () => {
    expect(() => decodeProto(Spec, Uint8Array.of(0x22, 0xff, 0xff, 0xff, 0xff, 0x0f))).toThrow('unexpected EOF');
    expect(() => decodeProto(Spec, Uint8Array.of(0x22, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f))).toThrow('proto: integer overflow');
  });

  it('bounds the depth', () => {
    let tree: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 200; i++) tree = encodeChild(tree);
    expect(() => decodeProto(Spec, Uint8Array.of(0x9a, 0x01, ...lengthOf(tree), ...tree))).toThrow('nested too deeply');
  });
});

const lengthOf = (bytes: Uint8Array): number[] => (bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]);
const encodeChild = (inner: Uint8Array): Uint8Array => Uint8Array.of(0x12, ...lengthOf(inner), ...inner);

describe('envelope', () => {
  it('round-trips', () => {
    const envelope = { apiVersion: 'apps/v1', kind: 'Deployment', raw: Uint8Array.of(1, 2, 3) };
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  });

  it('refuses other bytes with upstream words', () => {
    expect(() => decodeEnvelope(new Uint8Array(0))).toThrow('empty data');
    expect(() => decodeEnvelope(new TextEncoder().encode('{"kind":"Pod"}'))).toThrow(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
    const whole = encodeEnvelope({ apiVersion: 'v1', kind: 'Pod', raw: Uint8Array.of(1, 2, 3) });
    expect(() => decodeEnvelope(whole.subarray(0, 12))).toThrow(ProtoError);
  });
});
