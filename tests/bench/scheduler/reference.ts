/**
 * A straightforward scheduler to compare quality with: every pod is held against every node, the fit and balance scores are worked out anew each time
 * from the objects' numbers, and the best node takes the pod. No sampling, no caches, nothing shared with the scheduler.
 */
export interface Sizes {
  readonly cpu: number;
  readonly memory: number;
}

interface Used extends Sizes {
  cpu: number;
  memory: number;
  pods: number;
}

export interface Packing {
  readonly used: readonly Used[];
  readonly placed: number;
}

const share = (used: number, offered: number): number => Math.min(1, used / offered);

const scoreOf = (node: Sizes, used: Used, pod: Sizes): number => {
  const free = (offered: number, taken: number): number => Math.floor(((offered - taken) * 100) / offered);
  const fit = Math.floor((free(node.cpu, used.cpu + pod.cpu) + free(node.memory, used.memory + pod.memory)) / 2);
  const apart = Math.abs(share(used.cpu + pod.cpu, node.cpu) - share(used.memory + pod.memory, node.memory)) / 2;
  return fit + Math.floor((1 - apart) * 100);
};

export const pack = (nodes: readonly Sizes[], pods: readonly Sizes[]): Packing => {
  const used: Used[] = nodes.map(() => ({ cpu: 0, memory: 0, pods: 0 }));
  let placed = 0;
  for (const pod of pods) {
    let best = -1;
    let top = -1;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      const here = used[i]!;
      if (here.cpu + pod.cpu > node.cpu || here.memory + pod.memory > node.memory || here.pods + 1 > 110) continue;
      const score = scoreOf(node, here, pod);
      if (score > top) {
        top = score;
        best = i;
      }
    }
    if (best < 0) continue;
    used[best]!.cpu += pod.cpu;
    used[best]!.memory += pod.memory;
    used[best]!.pods++;
    placed++;
  }
  return { used, placed };
};

export interface Quality {
  readonly placed: number;
  readonly nodesUsed: number;
  /** Standard deviation over nodes of the share of cpu in use, in per cent. */
  readonly cpuSpread: number;
  readonly memorySpread: number;
}

const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) * 100;
};

export const qualityOf = (nodes: readonly Sizes[], { used, placed }: Packing): Quality => ({
  placed,
  nodesUsed: used.filter(({ pods }) => pods > 0).length,
  cpuSpread: deviation(used.map(({ cpu }, i) => cpu / nodes[i]!.cpu)),
  memorySpread: deviation(used.map(({ memory }, i) => memory / nodes[i]!.memory)),
});
