/** One request to the ordinary API as authorization sees it. Apart from hub.ts, so that pure code may name it. */

/** What a node's credential asks for on the ordinary API. `name` is '' for collections. */
export interface NodeRequest {
  readonly verb: string;
  /** API group, '' for core. */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Field selector text of a list or watch, as received. */
  readonly fieldSelector: string;
}
