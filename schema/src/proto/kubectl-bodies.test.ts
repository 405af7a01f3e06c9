/** Request bodies as kubectl 1.35 sent them (`kubectl create ...`, which uses the typed client), recorded on the wire. */
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../dsl/base64.ts';
import { decode } from '../dsl/decode.ts';
import { decodeProto } from '../dsl/proto.ts';
import { findByKind } from '../resources.ts';
import { decodeEnvelope } from './envelope.ts';

const bodies = [
  {
    group: 'apps',
    kind: 'Deployment',
    body: 'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErgBCh8KA2dlbhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDZ2VuEoYBCAISDAoKCgNhcHASA2dlbhpsChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDZ2VuEkwSLgoFbmdpbngSBW5naW54KgAyCgoAEAAYUCIAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=',
    object: {
      metadata: { name: 'gen', labels: { app: 'gen' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'gen' } },
        template: {
          metadata: { labels: { app: 'gen' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }], resources: {} }] },
        },
        strategy: {},
      },
      status: {},
    },
  },
  {
    group: '',
    kind: 'ConfigMap',
    body: 'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEhwKEgoCY20SABoAIgAqADIAOABCABIGCgFhEgFiGgAiAA==',
    object: { metadata: { name: 'cm' }, data: { a: 'b' } },
  },
  {
    group: '',
    kind: 'Secret',
    body: 'azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWESAWIaABoAIgA=',
    object: { metadata: { name: 's' }, data: { a: 'Yg==' } },
  },
  {
    group: '',
    kind: 'Namespace',
    body: 'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhoKEgoCbjESABoAIgAqADIAOABCABIAGgIKABoAIgA=',
    object: { metadata: { name: 'n1' }, spec: {}, status: {} },
  },
  {
    group: '',
    kind: 'ServiceAccount',
    body: 'azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSFAoSCgJzYRIAGgAiACoAMgA4AEIAGgAiAA==',
    object: { metadata: { name: 'sa' } },
  },
  {
    group: '',
    kind: 'Service',
    body: 'azhzAAoNCgJ2MRIHU2VydmljZRJqCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkMKHQoHODAtODA4MBIDVENQGFAiBwgAEJA/GgAogOsBEgoKA2FwcBIDd2ViGgAiCE5vZGVQb3J0OgBCAFIAWgBgAGgAGgIKABoAIgA=',
    object: {
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30080 }],
        selector: { app: 'web' },
        type: 'NodePort',
      },
      status: { loadBalancer: {} },
    },
  },
];

describe('what kubectl sends', () => {
  it.each(bodies)('$kind', ({ group, kind, body, object }) => {
    const envelope = decodeEnvelope(decodeBase64(body));
    expect(envelope).toMatchObject({ apiVersion: group === '' ? 'v1' : `${group}/v1`, kind });
    const definition = findByKind(group, kind);
    const { schema } = definition!.versions.find(({ storage }) => storage)!;
    const decoded = decodeProto(schema, envelope.raw);
    expect(decoded).toEqual(object);
    // the same object as JSON has the same normal form
    expect(decode(schema, decoded).value).toEqual(decoded);
  });
});
