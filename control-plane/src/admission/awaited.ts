/**
 * Admission that must ask somebody: webhooks and policies. Two phases, as in Kubernetes: after all `mutate` steps, and after all `validate` steps. A step
 * says at once, from the memo of configurations, whether it wants a request; most clusters want none, and then nothing is awaited.
 * Neighbours: steps.ts (the order of what needs nobody), registry/engine.ts (who runs both).
 */
import type { Authorize } from '#schema/cel/library/authorizer.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { ObjectKey } from '../store/store.ts';
import type { AdmissionRequest } from './admission.ts';

/** What a subresource sends when it is not the object: a Scale, a Binding, an Eviction. */
export interface SentKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface AwaitedRequest extends Omit<AdmissionRequest, 'operation' | 'object'> {
  readonly operation: 'create' | 'update' | 'delete' | 'connect';
  /** Stored form, or that of `sentKind`. For a delete the object as it is. */
  readonly object: KubeObject;
  /** Version the client spoke: `apps/v1`. */
  readonly apiVersion: string;
  readonly sentKind?: SentKind;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What mutating webhooks did so far; the same object in both passes. */
  readonly passes: MutatingPasses;
}

/** `reinvocationPolicy`: webhooks that ran before a later change, and what the last one left. */
export interface MutatingPasses {
  again: boolean;
  readonly ran: Set<string>;
  readonly due: Set<string>;
  lastOutput?: KubeObject;
}

export const newPasses = (): MutatingPasses => ({ again: false, ran: new Set(), due: new Set() });

export type Configured = (resource: string) => readonly KubeObject[];

export interface AwaitedContext {
  /** All objects of a kind that configures admission (see configurations.ts). Never changed. */
  readonly configured: Configured;
  /** The object as it is now, or some seconds ago. */
  readonly lookup: (key: ObjectKey) => Promise<KubeObject | undefined>;
  readonly warn: (text: string) => void;
  /** For the audit log. */
  readonly annotate: (key: string, value: string) => void;
  /** What CEL's `authorizer` answers for the user; set by awaited-steps.ts. */
  readonly access?: (user: UserInfo) => Promise<Authorize>;
  readonly nowMs: number;
  /** The request comes from the control plane itself: what did not answer lately is not asked again at once. */
  readonly unattended: boolean;
}

export interface AwaitedStep {
  readonly name: string;
  readonly phase: 'mutate' | 'validate';
  /** Whether anything that is configured might concern the request. Cheap. */
  readonly wants: (request: AwaitedRequest, configured: Configured) => boolean;
  /** The object as changed; undefined: as it was. @throws ApiError */
  readonly run: (request: AwaitedRequest, context: AwaitedContext) => Promise<KubeObject | undefined>;
}
