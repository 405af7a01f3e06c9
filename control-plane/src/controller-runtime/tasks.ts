/**
 * Tasks: what decisions ask of the world outside. A task is named by a value, so the decision stays pure and printable; the table says who does it.
 * Each must be safe to do twice, late or in vain: its key is decided again after a failure, and the changes it answers are guarded like all others.
 */
import { getOwn } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Change, Outcome } from './controller.ts';
import type { ConditionalNote } from './engine.ts';

export interface TaskAnswer {
  readonly changes?: readonly Change[];
  readonly events?: readonly ConditionalNote[];
  /** Unix ms when the key must be decided again. */
  readonly requeueAtMs?: number;
}

/** @throws whatever kept it from being done; its key is decided again with back-off */
export type TaskPerformer = (object: KubeObject, nowMs: number) => Promise<TaskAnswer>;

export type Tasks = Readonly<Record<string, TaskPerformer>>;

/** After this the task counts as failed. */
const DEADLINE_MS = 10_000;

const inTime = async <T>(work: Promise<T>, name: string): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`task ${name} did not end within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

/** The outcome with its tasks done. @throws Error for a task nobody does here, or one that failed */
export const withTasksDone = async (outcome: Outcome, tasks: Tasks, nowMs: number): Promise<Outcome> => {
  const changes = [...outcome.changes];
  const events = [...(outcome.events ?? [])];
  let { requeueAtMs } = outcome;
  for (const { task, object } of outcome.tasks ?? []) {
    const perform = getOwn(tasks, task);
    if (!perform) throw new Error(`nobody does the task ${task}`);
    const answer = await inTime(perform(object, nowMs), task);
    changes.push(...(answer.changes ?? []));
    events.push(...(answer.events ?? []));
    if (answer.requeueAtMs !== undefined) requeueAtMs = Math.min(answer.requeueAtMs, requeueAtMs ?? Number.POSITIVE_INFINITY);
  }
  return { changes, events, ...(requeueAtMs === undefined ? {} : { requeueAtMs }) };
};
