/**
 * Which form of the answer the client wants: the object, a Table or only metadata; JSON or YAML. Protobuf is never answered: clients that
 * offer it first take JSON too.
 */
import { getOwn } from '#schema/dsl/own.ts';
import { notAcceptable } from './errors.ts';

export interface Wanted {
  readonly format: 'json' | 'yaml';
  readonly as: 'object' | 'table' | 'partial';
  /** apiVersion of the Table or PartialObjectMetadata. */
  readonly metaVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
}

interface MediaRange {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly quality: number;
}

/** Media ranges of an Accept header, best first. */
export const parseAccept = (header: string): MediaRange[] =>
  header
    .split(',')
    .map((part): MediaRange => {
      const [type = '', ...params] = part.split(';').map((p) => p.trim());
      const named = Object.fromEntries(
        params.map((p) => {
          const at = p.indexOf('=');
          return at < 0
            ? [p.toLowerCase(), '']
            : [
                p.slice(0, at).trim().toLowerCase(),
                p
                  .slice(at + 1)
                  .trim()
                  .replace(/^"|"$/g, ''),
              ];
        }),
      );
      const quality = Number(named.q ?? '1');
      return { type: type.toLowerCase(), params: named, quality: Number.isNaN(quality) ? 1 : quality };
    })
    .filter((range) => range.type !== '' && range.quality > 0)
    .sort((a, b) => b.quality - a.quality);

const formats: Readonly<Record<string, Wanted['format']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/*': 'json',
  '*/*': 'json',
};

const forms: Readonly<Record<string, Wanted['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partial',
};

/** @throws ApiError NotAcceptable */
export const negotiate = (accept: string | null): Wanted => {
  const plain: Wanted = { format: 'json', as: 'object', metaVersion: 'meta.k8s.io/v1' };
  if (!accept) return plain;
  const ranges = parseAccept(accept);
  if (ranges.length === 0) return plain;
  for (const { type, params } of ranges) {
    const format = getOwn(formats, type);
    if (!format) continue;
    const { as, g, v } = params;
    if (as === undefined) return { ...plain, format };
    const form = getOwn(forms, as);
    if (form && g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1')) return { format, as: form, metaVersion: `meta.k8s.io/${v}` };
  }
  throw notAcceptable();
};
