/**
 * Runs the awaited admission steps for the write engine. The same question is not asked twice for one wish. The control plane's own writes do not wait
 * long: what is not answered in time goes on in the background, the wish is given back as a lost race, and the answer is there when it comes again.
 */

import type { KubeObject } from '#schema/resource.ts';
import type { AwaitedContext, AwaitedRequest, AwaitedStep, MutatingPasses } from '../admission/awaited.ts';
import type { Configurations } from '../admission/configurations.ts';
import { conflict } from '../apiserver/errors.ts';

/** How long a batch of the control plane waits: at first, and at most once the same object has waited before. */
const patienceMs = { first: 1_000, most: 8_000 } as const;
const maxKept = 500;
/** An answer serves the same question this long: a wish whose next question was not answered in time begins anew. */
const keepMs = 10_000;

interface Outcome {
  readonly object?: KubeObject | undefined;
  readonly error?: unknown;
}

interface Question {
  readonly askedMs: number;
  readonly work: Promise<void>;
  readonly passes: MutatingPasses;
  outcome?: Outcome;
}

/** Answers by question. */
export type Answers = Map<string, Question>;

/** What of the object is not the wish's own doing. */
const withoutNoise = (created: boolean) =>
  function (this: unknown, key: string, value: unknown): unknown {
    if (key === 'managedFields') return undefined;
    return created && (key === 'uid' || key === 'creationTimestamp') ? undefined : value;
  };

const questionOf = (phase: AwaitedStep['phase'], request: AwaitedRequest): string => {
  const { definition, operation, subresource, object, old, passes } = request;
  return JSON.stringify(
    [phase, passes.again, definition.group, definition.resource, operation, subresource, object, old],
    withoutNoise(operation === 'create'),
  );
};

const takeOver = (passes: MutatingPasses, from: MutatingPasses): void => {
  for (const id of from.ran) passes.ran.add(id);
  for (const id of from.due) passes.due.add(id);
  if (from.lastOutput) passes.lastOutput = from.lastOutput;
};

export class AwaitedAdmission {
  readonly configurations: Configurations;
  readonly #steps: readonly AwaitedStep[];
  readonly #unattended: Answers = new Map();
  /** How often an object's writes were given back. */
  readonly #waited = new Map<string, number>();

  constructor(configurations: Configurations, steps: readonly AwaitedStep[]) {
    this.configurations = configurations;
    this.#steps = steps;
  }

  wants(phase: AwaitedStep['phase'], request: AwaitedRequest): boolean {
    return this.#steps.some((step) => step.phase === phase && step.wants(request, this.configurations.of));
  }

  /** The changed object, or undefined. `answers` belongs to one wish. @throws ApiError */
  async run(
    phase: AwaitedStep['phase'],
    request: AwaitedRequest,
    context: AwaitedContext,
    answers: Answers,
  ): Promise<KubeObject | undefined> {
    const kept = context.unattended ? this.#unattended : answers;
    const key = questionOf(phase, request);
    let question = kept.get(key);
    if (!question || (question.outcome && context.nowMs - question.askedMs > keepMs)) {
      question = this.#begin(phase, request, context);
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, question);
    }
    if (context.unattended) await this.#patiently(question, request);
    else await question.work;
    const { object, error } = question.outcome!;
    if (error !== undefined) {
      kept.delete(key);
      throw error;
    }
    takeOver(request.passes, question.passes);
    return object && structuredClone(object);
  }

  #begin(phase: AwaitedStep['phase'], request: AwaitedRequest, context: AwaitedContext): Question {
    const steps = this.#steps.filter((step) => step.phase === phase && step.wants(request, this.configurations.of));
    const run = async (): Promise<KubeObject | undefined> => {
      let changed: KubeObject | undefined;
      for (const step of steps) changed = (await step.run(changed ? { ...request, object: changed } : request, context)) ?? changed;
      return changed;
    };
    const question: Question = {
      askedMs: context.nowMs,
      passes: request.passes,
      work: run().then(
        (object) => {
          question.outcome = { object };
        },
        (error: unknown) => {
          question.outcome = { error };
        },
      ),
    };
    return question;
  }

  /** @throws ApiError Conflict when the answer is not there yet */
  async #patiently(question: Question, { definition, namespace, name }: AwaitedRequest): Promise<void> {
    const key = `${definition.group}/${definition.resource}/${namespace}/${name}`;
    const before = this.#waited.get(key) ?? 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(patienceMs.first * 2 ** before, patienceMs.most));
    });
    await Promise.race([question.work, late]);
    clearTimeout(timer);
    if (question.outcome) {
      this.#waited.delete(key);
      return;
    }
    if (this.#waited.size >= maxKept) this.#waited.clear();
    this.#waited.set(key, before + 1);
    throw conflict(definition, name, 'admission webhooks have not answered yet');
  }
}
