/** What can happen that may let a waiting pod in. */
import type { KubeObject } from '#schema/resource.ts';
import type { NodeInfo } from '../state/node-table.ts';
import type { PodInfo } from '../state/pod-info.ts';

export type ClusterEvent =
  | { readonly kind: 'node'; readonly node: NodeInfo; readonly previous: NodeInfo | undefined }
  /** A node left, and its topology domain maybe with it. Its pods are `gone` besides: they count for nothing without it. */
  | { readonly kind: 'nodeGone'; readonly node: NodeInfo }
  /** A pod came onto a node, or its labels changed there. */
  | { readonly kind: 'placed'; readonly pod: PodInfo }
  /** A pod left its node, takes less of it, or gave up the node it was promised. */
  | { readonly kind: 'gone'; readonly pod: PodInfo; readonly node: string }
  /** Claims, volumes, classes, what drivers can do. */
  | { readonly kind: 'storage'; readonly resource: string; readonly object: KubeObject }
  | { readonly kind: 'namespaces' };
