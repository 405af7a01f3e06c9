import { readFileSync } from 'node:fs';
import { descendants } from '#infra/workers/wrangler.ts';
import { startCluster } from '#tests/harness/cluster.ts';
import { openLedger } from '#tests/harness/workerd-ledger.ts';

const c = await startCluster({ name: 'w2', platform: 'workerd', workerd: { latencyMs: 8, dropRate: Number(process.env.DROP ?? 0) } });
const t0 = performance.now();
const say = (m: string) => console.log(((performance.now() - t0) / 1000).toFixed(1), m);
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const time = async (what: string, f: () => Promise<unknown>) => {
  const s = performance.now();
  await f();
  say(`${what}: ${Math.round(performance.now() - s)} ms`);
};
const cpu = () =>
  descendants(c.controlPlanePid())
    .map((p) => {
      try {
        const st = readFileSync(`/proc/${p}/stat`, 'utf8');
        const f = st.slice(st.lastIndexOf(')') + 2).split(' ');
        return `${readFileSync(`/proc/${p}/comm`, 'utf8').trim()} ${(Number(f[11]) + Number(f[12])) * 10}ms rss ${Math.round((Number(f[21]) * 4096) / 1e6)}MB`;
      } catch {
        return '';
      }
    })
    .join('; ');
try {
  const ledger = await openLedger(c);
  await c.ok('create deployment a --image=nginx --replicas=10');
  await time('10 pods', () => c.ok('rollout status deployment/a --timeout=60s'));
  await c.ok('set env deployment/a X=1');
  await time('rollout of 10', () => c.ok('rollout status deployment/a --timeout=60s'));
  say(cpu());
  if (process.env.IDLE) {
    await sleep(25_000);
    say(`idle 25 s: ${cpu()}`);
    await time('get pods after idle', () => c.ok('get pods'));
    await c.ok('scale deployment a --replicas=11');
    await time('one more pod after idle', () => c.ok('rollout status deployment/a --timeout=60s'));
    await sleep(15_000);
    await time('exec after idle', () => c.ok('exec deploy/a -- true'));
    const w = c.startKubectl('get nodes -w');
    process.kill(c.agentPid(), 'SIGSTOP');
    await time('node NotReady', () => w.waitForOutput(/NotReady/, 130_000));
    process.kill(c.agentPid(), 'SIGCONT');
    await time('node Ready again', () => w.waitForOutput(/NotReady[\s\S]* Ready/, 60_000));
    await w.stop();
  }
  say(JSON.stringify([...ledger.entries].filter(([, e]) => e.creates !== 1 || e.starts !== 1)));
} catch (e) {
  say(String(e));
} finally {
  (await import('node:fs')).writeFileSync('/tmp/kedge/w/w2.log', c.logs());
  await c.stop();
}
process.exit(0);
