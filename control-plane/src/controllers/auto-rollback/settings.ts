/** The annotations of automatic rollback: what a person asks for, and what is noted for the person. */
import type { KubeObject } from '#schema/resource.ts';

/** `true`, or the share of new pods that must fail: `50%`. Anything else, and absence, is off. */
export const ENABLED = 'kedge.dev/auto-rollback';
/** Seconds a new pod may run without being ready before it counts as failed. */
export const UNREADY_SECONDS = 'kedge.dev/auto-rollback-unready-seconds';
/** Revision that was complete last: where a rollback goes. */
export const LAST_COMPLETE = 'kedge.dev/last-complete-revision';
export const ROLLED_BACK_FROM = 'kedge.dev/rolled-back-from';
export const ROLLBACK_REASON = 'kedge.dev/rollback-reason';
export const ROLLED_BACK_AT = 'kedge.dev/rolled-back-at';

const DEFAULT_SHARE = 0.5;
const DEFAULT_UNREADY_MS = 120_000;

export interface Settings {
  /** Of the new pods, above 0 and up to 1. */
  readonly share: number;
  readonly unreadyMs: number;
}

export const settingsOf = ({ metadata: { annotations } }: KubeObject): Settings | undefined => {
  const text = annotations?.[ENABLED];
  const percent = /^(\d{1,3})%$/.exec(text ?? '');
  if (text !== 'true' && !percent) return undefined;
  const seconds = /^\d{1,6}$/.test(annotations?.[UNREADY_SECONDS] ?? '') ? Number(annotations![UNREADY_SECONDS]) : undefined;
  return {
    share: percent ? Math.min(1, Math.max(0.01, Number(percent[1]) / 100)) : DEFAULT_SHARE,
    unreadyMs: seconds === undefined ? DEFAULT_UNREADY_MS : seconds * 1000,
  };
};
