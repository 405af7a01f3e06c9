/**
 * What agents observed becomes operations on the Registry: one applyAll for a whole batch, an outcome for each report. A pod's status is guarded by
 * its uid and the node it is bound to, decided on the object as it is at the write, not as the cache has it.
 */
import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import type { Report, ReportOutcome } from '#schema/sync/protocol.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import type { Actor, Operation, OperationResult, Registry } from '../registry/registry.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createNodeLease } from './node-lease.ts';
import { mergeNodeMeta, mergeNodeStatus, newNode } from './node-object.ts';
import { mergePodStatus } from './pod-status.ts';
import { PODS } from './view-entries.ts';

type Of<K extends Report['kind']> = Extract<Report, { kind: K }>;

/** One attempt at a report: operations, and what their results mean. */
interface Attempt {
  readonly operations: readonly Operation[];
  /** Undefined: try `again`, once. */
  readonly judge: (results: readonly OperationResult[]) => Omit<ReportOutcome, 'id'> | undefined;
  readonly again?: Attempt;
}

export interface ReportApplier {
  /** Outcomes in the order of the reports. Never throws: what the store could not take is `retry`. */
  apply(reports: readonly Report[]): Promise<ReportOutcome[]>;
  /** A new connection numbers its reports anew. */
  restart(): void;
  /** The agent is there: its Lease exists from now on. Never throws. */
  announce(): Promise<void>;
}

export interface ReportApplierOptions {
  readonly node: string;
  readonly snapshot: Snapshot;
  readonly registry: () => Registry;
  readonly clock: Clock;
  readonly log: Logger;
}

const ok = { outcome: 'ok' } as const;

/** What a result means for a report about an object of this uid. */
const judged = (result: OperationResult, uid: string): Omit<ReportOutcome, 'id'> => {
  switch (result.status) {
    case 'ok':
    case 'unchanged':
      return ok;
    case 'notFound':
      return { outcome: 'gone' };
    case 'invalid':
      return { outcome: 'refused', message: result.message };
    case 'fenced':
      return { outcome: 'retry', message: 'fenced' };
    default:
      if (result.current && result.current.metadata.uid !== uid) return { outcome: 'gone' };
      return { outcome: 'retry', message: result.message };
  }
};

export const createReportApplier = ({ node, snapshot, registry, clock, log }: ReportApplierOptions): ReportApplier => {
  const actor: Actor = {
    user: { name: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] },
    fieldManager: 'kubelet',
  };
  const recorder = createEventRecorder(node, snapshot);
  /** Pod uid -> sequence last applied on this connection. */
  const applied = new Map<string, number>();

  const podStatus = (report: Of<'podStatus'>): Attempt => {
    if (report.sequence <= (applied.get(report.uid) ?? -1)) return { operations: [], judge: () => ({ ...ok, message: 'superseded' }) };
    let foreign = false;
    const operation: Operation = {
      op: 'merge',
      definition: pods,
      namespace: report.namespace,
      name: report.name,
      uid: report.uid,
      subresource: 'status',
      merge: (current) => {
        foreign = current.spec?.nodeName !== node;
        return foreign ? undefined : mergePodStatus(current, report.status, clock.now());
      },
    };
    return {
      operations: [operation],
      judge: ([result]) => {
        if (foreign) return { outcome: 'refused', message: `pod ${report.namespace}/${report.name} is not bound to node ${node}` };
        const outcome = judged(result!, report.uid);
        if (outcome.outcome === 'ok') applied.set(report.uid, report.sequence);
        if (outcome.outcome === 'gone') applied.delete(report.uid);
        return outcome;
      },
    };
  };

  const podGone = (report: Of<'podGone'>): Attempt => {
    const pod = snapshot.get(PODS, report.namespace, report.name);
    if (!pod || pod.metadata.uid !== report.uid) return { operations: [], judge: () => ({ ...ok, message: 'already gone' }) };
    if (pod.spec?.nodeName !== node) {
      return { operations: [], judge: () => ({ outcome: 'refused', message: `pod ${report.name} is not bound to node ${node}` }) };
    }
    const remove: Operation = {
      op: 'delete',
      definition: pods,
      object: { metadata: { namespace: report.namespace, name: report.name, uid: report.uid } },
      request: { gracePeriodSeconds: 0, preconditions: { uid: report.uid } },
    };
    return {
      operations: [remove],
      judge: ([result]) => {
        applied.delete(report.uid);
        const outcome = judged(result!, report.uid);
        return outcome.outcome === 'gone' ? { ...ok, message: 'already gone' } : outcome;
      },
    };
  };

  const nodeReport = (report: Of<'node'>): Attempt => {
    const own = { op: 'merge', definition: nodes, namespace: '', name: node } as const;
    const refresh: readonly Operation[] = [
      { ...own, subresource: 'status', merge: (current) => mergeNodeStatus(current, report, clock.now()) },
    ];
    const meta: Operation = { ...own, merge: (current) => mergeNodeMeta(current, report) };
    const existing = snapshot.get('core/nodes', '', node);
    const first = existing && mergeNodeMeta(existing, report) ? [meta, ...refresh] : refresh;
    const worst = (results: readonly OperationResult[]) =>
      results.map((result) => judged(result, existing?.metadata.uid ?? '')).find((outcome) => outcome.outcome !== 'ok') ?? ok;
    const register: Attempt = {
      operations: [{ op: 'create', definition: nodes, object: newNode(node, report, clock.now()) }],
      judge: (results) => (results[0]?.status === 'alreadyExists' ? { outcome: 'retry' } : worst(results)),
    };
    return {
      operations: first,
      judge: (results) => (results.some((result) => result.status === 'notFound') ? undefined : worst(results)),
      again: register,
    };
  };

  const event = (report: Of<'event'>): Attempt => {
    const recorded = recorder.record(report, clock.now());
    if ('refused' in recorded) return { operations: [], judge: () => ({ outcome: 'refused', message: recorded.refused }) };
    return {
      operations: [recorded.merge ?? recorded.create],
      judge: ([result]) => (recorded.merge && result?.status === 'notFound' ? undefined : judged(result!, '')),
      again: { operations: [recorded.create], judge: ([result]) => judged(result!, '') },
    };
  };

  const attemptOf = (report: Report): Attempt => {
    switch (report.kind) {
      case 'podStatus':
        return podStatus(report);
      case 'podGone':
        return podGone(report);
      case 'node':
        return nodeReport(report);
      case 'event':
        return event(report);
      default:
        // a newer agent's report: nothing this version could do with it later either
        return { operations: [], judge: () => ({ outcome: 'refused', message: 'unknown kind of report' }) };
    }
  };

  const run = async (attempts: readonly Attempt[]): Promise<OperationResult[][]> => {
    const results = await registry().applyAll(
      attempts.flatMap((attempt) => attempt.operations),
      actor,
    );
    let at = 0;
    return attempts.map((attempt) => {
      const mine = results.slice(at, at + attempt.operations.length);
      at += attempt.operations.length;
      return mine;
    });
  };

  const applyAll = async (reports: readonly Report[], outcomes: Map<number, ReportOutcome>): Promise<void> => {
    let pending = reports.map((report) => ({ report, attempt: attemptOf(report) }));
    for (let round = 0; pending.length > 0 && round < 2; round++) {
      const results = await run(pending.map((p) => p.attempt));
      const next: typeof pending = [];
      pending.forEach(({ report, attempt }, i) => {
        const outcome = attempt.judge(results[i]!);
        if (!outcome && attempt.again && round === 0) next.push({ report, attempt: attempt.again });
        else outcomes.set(report.id, { id: report.id, ...(outcome ?? { outcome: 'retry' }) });
      });
      pending = next;
    }
  };

  const apply = async (reports: readonly Report[]): Promise<ReportOutcome[]> => {
    const outcomes = new Map<number, ReportOutcome>();
    try {
      await applyAll(reports, outcomes);
    } catch (error) {
      log.warn('reports of a node could not be stored', { node, error: String(error) });
    }
    return reports.map((report) => outcomes.get(report.id) ?? { id: report.id, outcome: 'retry' });
  };

  const announce = async (): Promise<void> => {
    try {
      await registry().applyAll([createNodeLease(node, clock.now())], actor);
    } catch (error) {
      log.debug('the lease of a node could not be made', { node, error: String(error) });
    }
  };

  return { apply, announce, restart: () => applied.clear() };
};
