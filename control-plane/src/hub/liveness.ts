/** When each node was last heard: an explicit input of the node-lifecycle reconciler. No evidence is unknown, not lost. */

export interface NodeLiveness {
  readonly node: string;
  /** Unix ms of the last sign of life. */
  readonly lastHeardMs: number;
  readonly connected: boolean;
}

export interface Liveness {
  readonly nodes: readonly NodeLiveness[];
  /** Since when evidence is being gathered: absence before it proves nothing. */
  readonly observingSinceMs: number;
}
