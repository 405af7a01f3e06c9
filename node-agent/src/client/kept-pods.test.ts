/** What a person reads about kept pods, and how they are let go of. */
import { expect, it } from 'vitest';
import type { KubeObject } from '#schema/resource.ts';
import { keptPodsCondition, letGo } from './kept-pods.ts';

const node = (annotation: string | undefined, conditions: readonly object[] = []): KubeObject =>
  ({
    metadata: { name: 'n1', annotations: annotation === undefined ? {} : { 'kedge.dev/let-go': annotation } },
    status: { conditions },
  }) as never;
const web = { namespace: 'default', name: 'web' };

it('lets go of what the annotation names, for this incarnation alone', () => {
  const lets = (annotation: string | undefined, incarnation = '0a1b2c3d-ffff') => letGo(node(annotation), incarnation)(web);
  expect([lets('0a1b2c3d'), lets('0a1b2c3d:default/db, default/web')]).toEqual([true, true]);
  expect([lets(undefined), lets(''), lets('ffffffff'), lets('0a1b2c3d:'), lets('0a1b2c3d:default/web2'), lets('', '')]).toEqual(
    Array(6).fill(false),
  );
  expect(letGo(undefined, '0a1b2c3d-ffff')(web)).toBe(false);
});

it('names the pods and the command that ends them, and says when it is over', () => {
  const view = (own: KubeObject, complete = true) => ({ incarnation: '0a1b2c3d-ffff', connected: true, complete, get: () => own });
  expect(keptPodsCondition(view(node(undefined)), 'n1', [])).toBeUndefined();
  const kept = keptPodsCondition(view(node(undefined)), 'n1', [web, { namespace: 'a', name: 'b' }]);
  expect(kept).toMatchObject({ type: 'kedge.dev/PodsKept', status: 'True', reason: 'UnknownToControlPlane' });
  expect(kept?.message).toContain('a/b, default/web. To end them: kubectl annotate node n1 --overwrite kedge.dev/let-go=0a1b2c3d;');
  const many = Array.from({ length: 30 }, (_, i) => ({ namespace: 'x', name: `p${i}` }));
  expect(keptPodsCondition(view(node(undefined)), 'n1', many)?.message).toContain(' and 10 more');
  expect(keptPodsCondition(view(node(undefined), false), 'n1', [])).toMatchObject({ status: 'True', reason: 'ViewNotComplete' });
  const told = node(undefined, [{ type: 'kedge.dev/PodsKept', status: 'True' }]);
  expect(keptPodsCondition(view(told), 'n1', [])).toMatchObject({ status: 'False', reason: 'NothingKept' });
});
