import { expect, it } from 'vitest';
import { mask } from './masks.ts';

it.each([
  ['web-5d4f8c7b9d-x2k4z   1/1     Running   1 (5s ago)   2m3s', 'web-<hash>-<suffix>  1/1  Running  1 (<age> ago)  <age>'],
  ['replicaset.apps/web-5d4f8c7b9d', 'replicaset.apps/web-<hash>'],
  ['fastcampusserver   1/1   Running   0   0s   10.64.0.12   node1', 'fastcampusserver  1/1  Running  0  <age>  <ip>  node1'],
  ['deployment.apps/fastcampusdeployment created', 'deployment.apps/fastcampusdeployment created'],
  ['  Normal  Pulled  3s (x4 over 10s)  kubelet', '  Normal  Pulled  <age> (x<n> over <age>)  kubelet'],
  ['Start Time:       Sat, 21 Nov 2026 04:27:40 +0000', 'Start Time:  <time>'],
  [`Container ID:   docker://${'a'.repeat(64)}`, 'Container ID:  docker://<id>'],
  ['kube-api-access-x2k4z', 'kube-api-access-<suffix>'],
  ['timeout 30s exceeded', 'timeout <age> exceeded'],
  ['nginx:1.27 80/TCP', 'nginx:1.27 80/TCP'],
  ['Container  cpu  -  2  50m', 'Container  cpu  -  2  50m'],
  ['uid 0d9e7f3c-13a4-4d8f-9c0b-2f4f6f1f2a3b', 'uid <uid>'],
])('%s', (text, expected) => {
  expect(mask(text)).toBe(expected);
});

it('takes own masks first', () => {
  expect(mask('on node1', [[/node1/g, '<node>']])).toBe('on <node>');
});
