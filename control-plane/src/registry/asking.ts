/** Plans that wait for webhooks and policies: which ones do, and how they are driven to their end. Neighbours: plan.ts (pauses), awaited-admission.ts (asks). */
import type { KubeObject } from '#schema/resource.ts';
import { type AwaitedContext, newPasses } from '../admission/awaited.ts';
import type { ObjectKey } from '../store/store.ts';
import { askedOf } from './asked.ts';
import type { AwaitedAdmission } from './awaited-admission.ts';
import type { Attempt } from './batch.ts';
import type { Intent } from './intent.ts';
import type { Pause, Plan, Planning } from './plan.ts';

/** Wishes of one round that ask at the same time. */
const askingAtOnce = 8;

export interface Paused {
  readonly attempt: Attempt;
  readonly before: KubeObject | undefined;
  readonly planning: Planning;
  readonly pause: Pause;
}

const phaseOf = ({ phase }: Pause): 'mutate' | 'validate' => (phase === 'validate' ? 'validate' : 'mutate');

export const mustAsk = (admission: AwaitedAdmission, intent: Intent, pause: Pause): boolean =>
  admission.configurations.any &&
  !intent.admitted &&
  pause.phase !== 'reinvoke' &&
  admission.wants(phaseOf(pause), askedOf(intent, pause, newPasses()).request);

export interface AskOptions {
  readonly lookup: (key: ObjectKey) => Promise<KubeObject | undefined>;
  readonly nowMs: number;
}

/** The plan in the end. @throws ApiError */
export const ask = async (admission: AwaitedAdmission, { attempt, planning, pause }: Paused, options: AskOptions): Promise<Plan> => {
  const { intent } = attempt;
  const context: AwaitedContext = {
    ...options,
    unattended: attempt.unattended,
    configured: admission.configurations.of,
    warn: (text) => intent.warn?.(text),
    annotate: (key, value) => intent.annotate?.(key, value),
  };
  const passes = newPasses();
  let step: IteratorResult<Pause, Plan> = { done: false, value: pause };
  while (!step.done) {
    passes.again = step.value.phase === 'reinvoke';
    const phase = phaseOf(step.value);
    const { request, back } = askedOf(intent, step.value, passes);
    const changed = admission.wants(phase, request) ? await admission.run(phase, request, context, attempt.answers) : undefined;
    step = planning.next(changed && back(changed));
  }
  return step.value;
};

/** `work` on each, some at a time. It must not throw. */
export const someAtOnce = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: Math.min(askingAtOnce, items.length) }, worker));
};
