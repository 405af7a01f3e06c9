/**
 * The envelope of `application/vnd.kubernetes.protobuf`: four magic bytes and a `runtime.Unknown` that names the type of the raw message.
 */
import { decodeUtf8, encodeUtf8 } from '../dsl/utf8.ts';
import { LENGTH, ProtoError, ProtoReader, ProtoWriter } from './wire.ts';

export { ProtoError } from './wire.ts';

const MAGIC = [0x6b, 0x38, 0x73, 0x00] as const;

export interface Envelope {
  /** '' when the sender left it out. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The object's own message, a view into the input. */
  readonly raw: Uint8Array;
}

/** @throws ProtoError */
export const decodeEnvelope = (bytes: Uint8Array): Envelope => {
  if (bytes.length === 0) throw new ProtoError('empty data');
  if (!MAGIC.every((b, i) => bytes[i] === b)) {
    throw new ProtoError(`provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(' ')}]`);
  }
  const out = { apiVersion: '', kind: '', raw: new Uint8Array(0) as Uint8Array };
  const reader = new ProtoReader(bytes, MAGIC.length);
  while (!reader.done) {
    const { no, wire } = reader.tag();
    if (no === 1 && wire === LENGTH) {
      const typeMeta = reader.message();
      while (!typeMeta.done) {
        const field = typeMeta.tag();
        if (field.wire === LENGTH && field.no === 1) out.apiVersion = decodeUtf8(typeMeta.view());
        else if (field.wire === LENGTH && field.no === 2) out.kind = decodeUtf8(typeMeta.view());
        else typeMeta.skip(field.wire);
      }
    } else if (no === 2 && wire === LENGTH) out.raw = reader.view();
    else reader.skip(wire);
  }
  return out;
};

export const encodeEnvelope = ({ apiVersion, kind, raw }: Envelope): Uint8Array => {
  const typeMeta = new ProtoWriter();
  typeMeta.field(1, encodeUtf8(apiVersion));
  typeMeta.field(2, encodeUtf8(kind));
  const out = new ProtoWriter();
  out.raw(Uint8Array.from(MAGIC));
  out.field(1, typeMeta.finish());
  out.field(2, raw);
  out.field(3, new Uint8Array(0));
  out.field(4, new Uint8Array(0));
  return out.finish();
};
