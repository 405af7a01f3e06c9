/** Patches as kubectl 1.35 computed them from our OpenAPI document, recorded on the wire. */
import { describe, expect, it } from 'vitest';
import { Deployment } from '../apps/deployment.ts';
import { strategicMerge } from './strategic-merge.ts';

const deployment = {
  spec: {
    replicas: 1,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: {
      spec: {
        containers: [
          {
            name: 'a',
            image: 'nginx',
            env: [
              { name: 'X', value: '1' },
              { name: 'W', value: '2' },
            ],
            ports: [{ containerPort: 80, protocol: 'TCP' }],
          },
          { name: 'b', image: 'redis' },
        ],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    },
  },
};

describe('strategicMerge', () => {
  it('applies the patch of kubectl apply', () => {
    const patch = {
      spec: {
        strategy: { $retainKeys: ['type'], type: 'Recreate' },
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }],
            '$setElementOrder/volumes': [{ name: 'v' }],
            containers: [
              {
                '$setElementOrder/env': [{ name: 'W' }, { name: 'Z' }],
                env: [
                  { name: 'W', value: '3' },
                  { name: 'Z', value: '4' },
                  { $patch: 'delete', name: 'X' },
                ],
                image: 'nginx:2',
                name: 'a',
              },
              { $patch: 'delete', name: 'b' },
            ],
            volumes: [{ $retainKeys: ['hostPath', 'name'], emptyDir: null, hostPath: { path: '/x' }, name: 'v' }],
          },
        },
      },
    };
    expect(strategicMerge(Deployment, deployment, patch)).toEqual({
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        template: {
          spec: {
            containers: [
              {
                name: 'a',
                image: 'nginx:2',
                env: [
                  { name: 'W', value: '3' },
                  { name: 'Z', value: '4' },
                ],
                ports: [{ containerPort: 80, protocol: 'TCP' }],
              },
            ],
            volumes: [{ name: 'v', hostPath: { path: '/x' } }],
          },
        },
      },
    });
  });

  it('applies the patch of kubectl set image', () => {
    const containers = [{ image: 'nginx:3', name: 'a' }];
    const patch = { spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }], containers } } } };
    const [a, b] = deployment.spec.template.spec.containers;
    expect((strategicMerge(Deployment, deployment, patch) as typeof deployment).spec.template.spec.containers).toEqual([
      { ...a, image: 'nginx:3' },
      b,
    ]);
  });
});
