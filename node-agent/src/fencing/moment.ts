/** The clocks fencing counts on. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Moment } from './promises.ts';

/** os.uptime counts from the boot and, unlike performance.now, also while the machine is suspended. */
export const momentNow = (): Moment => ({ steadyMs: uptime() * 1000, wallMs: Date.now() });

/** Of the machine's present boot; '' where it does not say. */
export const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};
