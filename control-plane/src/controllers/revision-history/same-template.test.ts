import { expect, test } from 'vitest';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { sameTemplate } from '../deployment/revisions.ts';
import { samePodTemplate } from './same-template.ts';

const selecting = (divisor?: string) => ({ resource: 'limits.cpu', ...(divisor ? { divisor } : {}) });

const inEnv = (divisor?: string): PodTemplateSpec => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'x', env: [{ name: 'CPU', valueFrom: { resourceFieldRef: selecting(divisor) } }] }] },
});

const inVolume = (divisor?: string): PodTemplateSpec => ({
  spec: {
    containers: [{ name: 'c', image: 'x' }],
    volumes: [{ name: 'v', downwardAPI: { items: [{ path: 'cpu', resourceFieldRef: { containerName: 'c', ...selecting(divisor) } }] } }],
  },
});

test.each([
  ['a variable', inEnv],
  ['a file', inVolume],
])('a divisor of 0 in %s is none: kubectl rollout undo sends it, and finds the revision it meant', (_, template) => {
  expect(samePodTemplate(template(), template('0'))).toBe(true);
  expect(sameTemplate(template('0'), template())).toBe(true);
  expect(samePodTemplate(template('1m'), template('0'))).toBe(false);
  expect(samePodTemplate(template('1m'), template('1m'))).toBe(true);
});

test('a label of that name is a label', () => {
  const labelled = (labels: Record<string, string>): PodTemplateSpec => ({ spec: { containers: [] }, metadata: { labels } });
  expect(samePodTemplate(labelled({ divisor: '0' }), labelled({}))).toBe(false);
});

test.each(['constructor', 'toString'])('a template with the annotation %s is another one', (name) => {
  const annotated = (annotations: Record<string, string>): PodTemplateSpec => ({ spec: { containers: [] }, metadata: { annotations } });
  expect(samePodTemplate(annotated({ a: 'b' }), annotated({ a: 'b', [name]: 'x' }))).toBe(false);
});
