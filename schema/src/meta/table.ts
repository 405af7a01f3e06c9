/**
 * metav1.Table: how kubectl get shows objects. Built by the API server from a definition's columns; never decoded, so plain types will do.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import type { ListMeta } from './object-meta.ts';

export interface TableColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0 always shown, 1 with `-o wide`. */
  priority: number;
}

export interface TableRow {
  /** One cell for each column, in their order. */
  cells: (string | number | boolean | null)[];
  /** PartialObjectMetadata, the whole object, or absent: the client's `includeObject`. */
  object?: Record<string, unknown>;
}

export interface Table {
  apiVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
  kind: 'Table';
  metadata: ListMeta;
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}
