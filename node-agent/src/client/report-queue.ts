/**
 * What was observed and not yet acknowledged. Of a pod's statuses, and of the node's, only the newest is kept; a report in flight comes back when the
 * connection breaks or the server could not answer. One message is in flight at a time, so what gathers meanwhile is joined.
 */
import type { Report, ReportOutcome } from '#schema/sync/protocol.ts';
import type { Logger, ReportSink } from '../context.ts';

type Unsent = Parameters<ReportSink['send']>[0];

export interface ReportQueue extends ReportSink {
  /** The next message's reports; empty while one is in flight, or when there is nothing. */
  take(): readonly Report[];
  /** @returns true when something is to be sent again, but not at once */
  settle(outcomes: readonly ReportOutcome[]): boolean;
  /** The connection broke: everything in flight is to be sent again. */
  requeue(): void;
  readonly size: number;
}

const BATCH = 100;
const MAX_EVENTS = 200;

/** Reports with the same subject replace each other. */
const subjectOf = (report: Unsent, serial: number): string => {
  switch (report.kind) {
    case 'podStatus':
      return `status/${report.uid}`;
    case 'podGone':
      return `gone/${report.uid}`;
    case 'node':
      return 'node';
    default:
      return `event/${serial}`;
  }
};

/** `onReport` is called after each send. */
export const createReportQueue = (log: Logger, onReport: () => void): ReportQueue => {
  let serial = 0;
  const queued = new Map<string, Unsent>();
  const inFlight = new Map<number, { readonly subject: string; readonly report: Unsent }>();
  let events = 0;

  const enqueue = (subject: string, report: Unsent): void => {
    if (report.kind === 'event' && !queued.has(subject) && ++events > MAX_EVENTS) {
      const oldest = [...queued.keys()].find((key) => key.startsWith('event/'));
      if (oldest !== undefined) queued.delete(oldest);
      events--;
    }
    // a pod that is gone has no status
    if (report.kind === 'podGone') queued.delete(`status/${report.uid}`);
    queued.set(subject, report);
  };

  const back = (subject: string, report: Unsent): void => {
    if (queued.has(subject)) return;
    if (report.kind === 'podStatus' && queued.has(`gone/${report.uid}`)) return;
    enqueue(subject, report);
  };

  return {
    send: (report) => {
      serial++;
      enqueue(subjectOf(report, serial), report);
      onReport();
    },
    take: () => {
      if (inFlight.size > 0) return [];
      const reports: Report[] = [];
      for (const [subject, report] of queued) {
        if (reports.length === BATCH) break;
        queued.delete(subject);
        if (report.kind === 'event') events--;
        const id = ++serial;
        inFlight.set(id, { subject, report });
        reports.push({ ...report, id } as Report);
      }
      return reports;
    },
    settle: (outcomes) => {
      let again = false;
      for (const { id, outcome, message } of outcomes) {
        const it = inFlight.get(id);
        if (!it) continue;
        inFlight.delete(id);
        if (outcome === 'retry') {
          back(it.subject, it.report);
          again = true;
        } else if (outcome === 'refused') log.warn('the control plane refused a report', { report: it.subject, message });
      }
      return again;
    },
    requeue: () => {
      for (const { subject, report } of inFlight.values()) back(subject, report);
      inFlight.clear();
    },
    get size() {
      return queued.size + inFlight.size;
    },
  };
};
