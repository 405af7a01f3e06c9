/** Tables: what `kubectl get` prints. Columns are the definition's; rows carry metadata unless `includeObject` says otherwise. */
import { shownCell } from '#schema/meta/columns.ts';
import type { KubeObject } from '#schema/resource.ts';
import { spliceRevision } from '../registry/body.ts';
import { metadataText, parseWithoutManagers } from '../registry/metadata-text.ts';
import type { StoredObject } from '../store/store.ts';
import type { Call, Target } from './call.ts';
import { badRequest } from './errors.ts';
import type { Wanted } from './negotiation.ts';
import { cellTexts, joinCells } from './row-memo.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

const policies = new Set(['None', 'Metadata', 'Object']);

/** @throws ApiError BadRequest */
export const includeObjectOf = (query: URLSearchParams): IncludeObject => {
  const text = query.get('includeObject') || 'Metadata';
  if (!policies.has(text)) throw badRequest(`unrecognized includeObject value: ${JSON.stringify(text)}`);
  return text as IncludeObject;
};

export const partialOf = (object: KubeObject, metaVersion: Wanted['metaVersion']): Record<string, unknown> => ({
  kind: 'PartialObjectMetadata',
  apiVersion: metaVersion,
  metadata: object.metadata,
});

export interface TableInput {
  readonly target: Pick<Target, 'definition'>;
  readonly metaVersion: Wanted['metaVersion'];
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  readonly metadata: Record<string, unknown>;
  /** Stored form and served form of each object. */
  readonly rows: readonly { readonly stored: KubeObject; readonly served: KubeObject }[];
  /** False in all but the first event of a watch. */
  readonly withColumns?: boolean;
}

const columnDefinitions = (definition: Target['definition']) =>
  definition.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? (name === 'Name' ? 'name' : ''),
    description,
    priority,
  }));

export type TableRow = TableInput['rows'][number];

export const rowOf = (
  { target, metaVersion, includeObject, nowMs }: Omit<TableInput, 'rows' | 'metadata' | 'withColumns'>,
  { stored, served }: TableRow,
) => ({
  // columns of custom resources are written for the version they are shown in
  cells: target.definition.columns.map((column) =>
    shownCell(column.cell(target.definition.versions[0]?.typeSchema ? served : stored), nowMs),
  ),
  ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? served : partialOf(served, metaVersion) }),
});

export const partialText = ({ body, revision }: StoredObject, metaVersion: Wanted['metaVersion']): string =>
  `{"kind":"PartialObjectMetadata","apiVersion":"${metaVersion}","metadata":${metadataText(body, revision)}}`;

/** Rows of a kind that is served just as it is stored: an object that was shown lately is not parsed. Items must be open. */
export const rowTexts = (
  { server, target, nowMs }: Call,
  metaVersion: Wanted['metaVersion'],
  includeObject: IncludeObject,
): ((item: StoredObject) => string) => {
  const { columns, sealed } = target.definition;
  const read = (item: StoredObject) => {
    const object = parseWithoutManagers(item.body);
    return cellTexts(columns.map((column) => column.cell(object)));
  };
  const objectOf = (item: StoredObject): string => {
    if (includeObject === 'None') return '';
    return `,"object":${includeObject === 'Object' ? spliceRevision(item.body, item.revision) : partialText(item, metaVersion)}`;
  };
  return (item) => {
    const cells = sealed ? read(item) : server.rows.cells(item, () => read(item));
    return `{"cells":[${joinCells(cells, nowMs)}]${objectOf(item)}}`;
  };
};

/** `rows` is the last field. */
export const tableOf = (input: TableInput) => ({
  kind: 'Table',
  apiVersion: input.metaVersion,
  metadata: input.metadata,
  columnDefinitions: (input.withColumns ?? true) ? columnDefinitions(input.target.definition) : [],
  rows: input.rows.map((row) => rowOf(input, row)),
});
