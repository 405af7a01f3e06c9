/** Giving a running container other sizes in place. What goes wrong is kept for the pod's condition, and tried again. */
import type { PodAction } from './plan/action.ts';
import type { PodState } from './pod-state.ts';
import type { WorkerDeps } from './worker-deps.ts';

type ResizeAction = Extract<PodAction, { type: 'resizeContainer' }>;

/** A limit under what the container uses would end it. @throws Error */
const checkUsage = async ({ id, sizes }: ResizeAction, deps: WorkerDeps, state: PodState): Promise<void> => {
  const limit = sizes.memoryLimitBytes;
  const before = state.containers.get(id)?.sizes?.memoryLimitBytes ?? Number.POSITIVE_INFINITY;
  if (limit === undefined || limit >= before) return;
  const used = (await deps.runtime.usage([id])).get(id)?.memoryBytes ?? 0;
  if (used >= limit) throw new Error(`attempting to set container memory limit (${limit}) below current usage (${used})`);
};

export const resizeContainer = async (action: ResizeAction, deps: WorkerDeps, state: PodState): Promise<void> => {
  try {
    await checkUsage(action, deps, state);
    await deps.runtime.resizeContainer(action.id, action.sizes);
  } catch (error) {
    state.resizeErrors.set(action.container, (error as Error).message);
    throw error;
  }
  state.resizeErrors.delete(action.container);
  state.amend(action.id, { sizes: action.sizes, sizesRead: false });
};
