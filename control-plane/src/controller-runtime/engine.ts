/**
 * What the engine adds to the seam in controller.ts. All optional: a plain Controller is a full citizen.
 */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { Actor } from '../registry/registry.ts';
import type { Change, Controller, EventNote, ObjectRef, ReconcileContext } from './controller.ts';
import type { MetricQuery } from './measurements.ts';
import type { Snapshot } from './snapshot.ts';

/** A watch of this resource hears every cached resource. */
export const ANY_RESOURCE = '*';
/** `primary` of a controller whose keys come from its watches alone. */
export const NO_PRIMARY = '';

/** A change of the key's last decision that was refused for good (validation, admission, quota); deciding the same again would not help. */
export interface Refusal {
  readonly op: Change['op'];
  readonly definition: ResourceDefinition;
  readonly message: string;
}

/** The context as the engine fills it. */
export interface EngineContext extends ReconcileContext {
  /** What was refused of this key's last decision. */
  readonly refusals?: readonly Refusal[];
}

/** When an event is recorded: with `after`, once that change is committed; with `always`, whatever happens; else when no change of the key failed. */
export interface ConditionalNote extends EventNote {
  readonly after?: Change;
  readonly always?: true;
  /** Whose event it is for people. Default: the controller's name. */
  readonly component?: string;
}

export interface SeededController extends Controller {
  /** Keys that are looked at after each cold start even when no object names them. */
  readonly seeds?: readonly ObjectRef[];
}

export interface ActingController extends Controller {
  /** Who writes what it decides, and its events. Default: the control loop. */
  readonly actor?: Actor;
}

export interface BatchController extends Controller {
  /** A key stands for many objects: writing in round after round is progress, not a failure to settle. */
  readonly batches: true;
}

export interface LivenessController extends Controller {
  /** The key of a node is looked at whenever its silence passes this many ms, or ends. Its reconciler need not ask to be called for that. */
  readonly silenceMs?: number;
}

export interface MeasuringController extends Controller {
  /** Its keys are looked at whenever pods have been measured anew, and agents measure while there are any. */
  readonly measures?: true;
  /** What its decision about this object will ask of metrics APIs. */
  readonly queries?: (object: KubeObject, snapshot: Snapshot) => readonly MetricQuery[];
}

/** Prints a change on one line, for logs and dry runs. */
export const describeChange = (change: Change): string => {
  const { definition, object } = change;
  const name = [object.metadata.namespace, object.metadata.name].filter(Boolean).join('/');
  const sub = change.op === 'update' && change.subresource ? `/${change.subresource}` : '';
  return `${change.op} ${definition.resource}${sub} ${name}`;
};
