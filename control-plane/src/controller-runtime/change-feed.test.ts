import { describe, expect, it } from 'vitest';
import { ObjectCache } from './object-cache.ts';

const pod = (name: string, uid = name, phase = 'Pending') => ({ metadata: { name, namespace: 'default', uid }, status: { phase } });

describe('a change feed', () => {
  it('begins with everything, then tells each object once with what the reader saw of it', () => {
    const cache = new ObjectCache();
    cache.put('core/pods', pod('a'));
    cache.put('core/nodes', { metadata: { name: 'n' } });
    const feed = cache.follow(['core/pods']);
    cache.put('core/pods', pod('b'));
    expect(feed.take().map(({ object, previous }) => [object?.metadata.name, previous])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    expect(feed.take()).toEqual([]);
    cache.put('core/pods', pod('a', 'a', 'Running'));
    cache.put('core/pods', pod('a', 'a', 'Succeeded'));
    cache.remove('core/pods', 'default', 'b');
    cache.put('core/pods', pod('c'));
    cache.remove('core/pods', 'default', 'c');
    expect(feed.take().map(({ object, previous }) => [previous?.status.phase, object?.status.phase])).toEqual([
      ['Pending', 'Succeeded'],
      ['Pending', undefined],
    ]);
  });

  it('tells another object of the same name by its uid', () => {
    const cache = new ObjectCache();
    cache.put('core/pods', pod('a', 'one'));
    const feed = cache.follow(['core/pods']);
    feed.take();
    cache.remove('core/pods', 'default', 'a');
    cache.put('core/pods', pod('a', 'two'));
    expect(feed.take().map(({ object, previous }) => [previous?.metadata.uid, object?.metadata.uid])).toEqual([['one', 'two']]);
  });

  it('gathers nothing once it is closed', () => {
    const cache = new ObjectCache();
    const feed = cache.follow(['core/pods']);
    feed.close();
    cache.put('core/pods', pod('a'));
    expect(feed.take()).toEqual([]);
  });
});
