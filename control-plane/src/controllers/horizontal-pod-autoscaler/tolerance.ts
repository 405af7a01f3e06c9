/** How far a metric may be off before something is done: a tenth, or what `behavior` says for the direction. */
import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import { parseQuantity } from '#schema/quantity/quantity.ts';

export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

const DEFAULT = 0.1;

const readOf = (quantity: unknown): number => (quantity === undefined ? DEFAULT : Number(parseQuantity(String(quantity)).nano) / 1e9);

export const toleranceOf = ({ spec: { behavior } }: HorizontalPodAutoscaler): Tolerance => ({
  up: readOf(behavior?.scaleUp?.tolerance),
  down: readOf(behavior?.scaleDown?.tolerance),
});

/** `ratio` is what is to what should be. */
export const isWithin = (ratio: number, { up, down }: Tolerance): boolean => 1 - down <= ratio && ratio <= 1 + up;
