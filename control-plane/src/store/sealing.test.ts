import { describe, expect, it } from 'vitest';
import { createSealer } from './sealing.ts';

const k1 = { id: 'k1', key: Buffer.alloc(32, 1).toString('base64') };
const k2 = { id: 'k2', key: Buffer.alloc(32, 2).toString('base64') };
type Place = readonly [resource: string, namespace: string, name: string, uid: string];
const at: Place = ['core/secrets', 'default', 'db', 'uid-1'];
const json = JSON.stringify({ data: { password: 'Y2FuYXJ5' }, text: 'é 😀' });

describe('createSealer', () => {
  it('opens what it sealed, of any size', async () => {
    const sealer = createSealer([k1], 'cluster');
    for (const text of [json, '', 'x'.repeat(1_500_000)]) expect(await sealer.open(...at, await sealer.seal(...at, text))).toBe(text);
  });

  it('shows nothing of the text, and never the same twice', async () => {
    const sealer = createSealer([k1], 'cluster');
    const sealed = await sealer.seal(...at, json);
    expect(sealed).toMatch(/^kdgs1\.k1\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed.split('.')[2]!, 'base64url').toString('latin1')).not.toContain('Y2FuYXJ5');
    expect(await sealer.seal(...at, json)).not.toBe(sealed);
    expect([sealer.isSealed(sealed), sealer.isSealed(json)]).toEqual([true, false]);
  });

  it('seals with the first key and opens with all', async () => {
    const old = await createSealer([k1], 'cluster').seal(...at, json);
    const sealer = createSealer([k2, k1], 'cluster');
    expect(await sealer.open(...at, old)).toBe(json);
    expect(await sealer.seal(...at, json)).toMatch(/^kdgs1\.k2\./);
  });

  it.each<[what: string, place: Place, cluster: string]>([
    ['another resource', ['core/configmaps', 'default', 'db', 'uid-1'], 'cluster'],
    ['another namespace', ['core/secrets', 'other', 'db', 'uid-1'], 'cluster'],
    ['another name', ['core/secrets', 'default', 'api', 'uid-1'], 'cluster'],
    ['another uid', ['core/secrets', 'default', 'db', 'uid-2'], 'cluster'],
    ['a shifted boundary', ['core/secrets', 'defaultdb', '', 'uid-1'], 'cluster'],
    ['another cluster', at, 'cluster-2'],
  ])('does not open in the place of %s', async (_what, place, cluster) => {
    const sealed = await createSealer([k1], 'cluster').seal(...at, json);
    await expect(createSealer([k1], cluster).open(...place, sealed)).rejects.toMatchObject({ name: 'StoreError', reason: 'corrupt' });
  });

  it('notices a changed byte, a swapped key and plain text', async () => {
    const sealer = createSealer([k1, k2], 'cluster');
    const sealed = await sealer.seal(...at, json);
    const changed = `${sealed.slice(0, 40)}${sealed[40] === 'A' ? 'B' : 'A'}${sealed.slice(41)}`;
    for (const text of [changed, sealed.replace('.k1.', '.k2.'), sealed.slice(0, 20), json, 'kdgs1.k1.', ''])
      await expect(sealer.open(...at, text)).rejects.toMatchObject({ reason: 'corrupt' });
  });

  it('names the key that is missing', async () => {
    const sealed = await createSealer([k1], 'cluster').seal(...at, json);
    await expect(createSealer([k2], 'cluster').open(...at, sealed)).rejects.toThrow('core/secrets default/db is sealed with key "k1"');
  });

  it('refuses keys that cannot work', () => {
    expect(() => createSealer([], 'cluster')).toThrow('at least one key');
    expect(() => createSealer([{ id: 'k', key: 'c2hvcnQ=' }], 'cluster')).toThrow('5 bytes instead of 32');
    expect(() => createSealer([k1, { ...k2, id: 'k1' }], 'cluster')).toThrow('twice');
    expect(() => createSealer([{ ...k1, id: 'a.b' }], 'cluster')).toThrow('characters');
  });
});
