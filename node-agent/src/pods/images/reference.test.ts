import { expect, it } from 'vitest';
import { imageNameProblem } from './reference.ts';

it.each([
  'nginx',
  'nginx:1.27',
  'library/nginx',
  'docker.io/library/nginx:latest',
  'localhost:5000/a/b_c/d-e.f:v1',
  '[::1]:5000/a',
  'Registry.Example.com/a:UPPER',
  `a@sha256:${'0'.repeat(64)}`,
  `r.io/a:1@sha256:${'f'.repeat(64)}`,
])('knows %s as an image', (image) => {
  expect(imageNameProblem(image)).toBeUndefined();
});

it.each([
  '',
  'UPPER Case:x',
  'My/App',
  'a b',
  '../../containers/json',
  'a/../b',
  'a?all=1',
  'a:b:c',
  'a:',
  'a@sha256:12',
  'https://registry/a',
  `${'a'.repeat(600)}`,
])('refuses %j', (image) => {
  expect(imageNameProblem(image)).toContain(`couldn't parse image name "${image}": invalid reference format`);
});

it('says what is wrong with capitals', () => {
  expect(imageNameProblem('example.com/My/App:1')).toMatch(/: repository name \(example\.com\/My\/App\) must be lowercase$/);
});
