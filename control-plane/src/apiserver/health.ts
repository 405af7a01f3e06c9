/** /healthz, /livez, /readyz, with `?verbose` and one path a check, as the API server of Kubernetes has them. */
import type { Platform } from '../platform/platform.ts';
import { PageNotFound } from './errors.ts';
import { plain } from './respond.ts';

type Check = (platform: Platform) => Promise<void>;

const ping: Check = async () => {};
const store: Check = async (platform) => {
  await platform.store.head();
};

const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  healthz: { ping, store },
  livez: { ping },
  readyz: { ping, store },
};

export const isHealthPath = (path: string): boolean => Object.hasOwn(checks, path.split('/')[1] ?? '');

/** With a Date, which workerd does not add by itself: `kedge doctor` compares clocks by it. @throws PageNotFound for an unknown check */
export const health = async (platform: Platform, url: URL): Promise<Response> => {
  const response = await answer(platform, url);
  response.headers.set('date', new Date(platform.clock.now()).toUTCString());
  return response;
};

const answer = async (platform: Platform, url: URL): Promise<Response> => {
  const [, name = '', only] = url.pathname.split('/');
  const all = checks[name]!;
  if (only && !Object.hasOwn(all, only)) throw new PageNotFound();
  const excluded = url.searchParams.getAll('exclude');
  const chosen = Object.entries(all).filter(([check]) => !only || check === only);
  const results = await Promise.all(
    chosen.map(async ([check, run]) => {
      if (!only && excluded.includes(check)) return { check, ok: true, excluded: true };
      try {
        await run(platform);
        return { check, ok: true };
      } catch (error) {
        platform.log.warn('health check failed', { check, error: String(error) });
        return { check, ok: false };
      }
    }),
  );
  const ok = results.every((r) => r.ok);
  const lines = results.map((r) =>
    'excluded' in r ? `[+]${r.check} excluded: ok` : r.ok ? `[+]${r.check} ok` : `[-]${r.check} failed: reason withheld`,
  );
  const strange = only ? [] : excluded.filter((check) => !Object.hasOwn(all, check));
  if (strange.length > 0) {
    const named = strange.map((check) => JSON.stringify(check)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${named}`);
  }
  if (ok && !url.searchParams.has('verbose')) return plain('ok');
  return plain(`${lines.join('\n')}\n${name} check ${ok ? 'passed' : 'failed'}\n`, ok ? 200 : 500);
};
