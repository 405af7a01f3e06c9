/** What becomes of a request that computes: answered, or ended by the platform. */
import { EDGE_PATH, type EdgeCheck, type Measured } from './check.ts';
import { messageIn } from './client.ts';

/** A unit is about a millisecond of a present processor. */
const STEPS = [1, 5, 25, 125];

export interface Outcome {
  readonly units: number;
  /** Of the answer; undefined: there was none. */
  readonly status: number | undefined;
  readonly message: string;
}

export const judgeCpu = (outcomes: readonly Outcome[]): Measured => {
  const check = 'CPU outcome';
  const answered = outcomes.filter(({ status }) => status === 200).at(-1)?.units ?? 0;
  const ended = outcomes.find(({ status }) => status !== 200);
  if (!ended)
    return {
      ...{ check, state: 'ok', figure: `about ${answered} ms of computing were answered` },
      meaning: 'no request of the control plane needs as much',
    };
  const how = ended.status === undefined ? `no answer (${ended.message})` : `${ended.status} ${ended.message}`;
  const state = answered >= 5 ? 'ok' : 'warning';
  return {
    ...{ check, state, figure: `about ${answered} ms of computing were answered, ${ended.units} ms: ${how}` },
    meaning:
      state === 'ok'
        ? 'the plan ends long requests; ordinary ones stay below'
        : 'this plan ends even short requests: expect errors under load',
  };
};

export const cpuOutcome: EdgeCheck = {
  ...{ name: 'CPU outcome', requests: STEPS.length, writes: 0, reads: 0 },
  measure: async (client) => {
    const outcomes: Outcome[] = [];
    for (const units of STEPS) {
      try {
        const response = await client.ask('POST', `${EDGE_PATH}?work=${units}`);
        outcomes.push({ units, status: response.status, message: messageIn(await response.text()) });
      } catch (error) {
        outcomes.push({ units, status: undefined, message: (error as Error).message });
      }
      if (outcomes.at(-1)?.status !== 200) break;
    }
    return judgeCpu(outcomes);
  },
};
