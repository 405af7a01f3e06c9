/** Columns of kubectl get for a custom resource: the name, then those of the definition, else the age. */
import type { CustomResourceColumnDefinition } from '../apiextensions/custom-resource-definition.ts';
import { ageColumn, ageSince, nameColumn } from '../meta/columns.ts';
import { parseTime } from '../meta/time.ts';
import type { Ago, Cell, Column } from '../resource.ts';
import { findAll, parseJsonPath } from './json-path.ts';

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** A value of the wrong type is shown as nothing. */
const cellOf = (type: Column['type'], found: readonly unknown[]): Cell | Ago => {
  const first = found[0];
  if (first === undefined || first === null) return null;
  switch (type) {
    case 'string':
      return found.map(shown).join(',');
    case 'integer':
      return typeof first === 'number' ? Math.trunc(first) : null;
    case 'number':
      return typeof first === 'number' ? first : null;
    case 'boolean':
      return typeof first === 'boolean' ? first : null;
    case 'date':
      return typeof first === 'string' ? (Number.isNaN(parseTime(first)) ? '<invalid>' : ageSince(first)) : null;
  }
};

const columnOf = ({ name, type, format, description, priority, jsonPath }: CustomResourceColumnDefinition): Column => {
  const path = parseJsonPath(jsonPath);
  const as = type as Column['type'];
  return {
    name,
    type: as,
    ...(format ? { format } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object) => (path ? cellOf(as, findAll(path, object)) : null),
  };
};

export const columnsOf = (columns: readonly CustomResourceColumnDefinition[] | undefined): readonly Column[] => [
  nameColumn,
  ...(columns && columns.length > 0 ? columns.map(columnOf) : [ageColumn]),
];
