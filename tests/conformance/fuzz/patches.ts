/** Patches of every type: of objects, their status and scale, and of a custom resource. */
import type { Chance } from './chance.ts';
import { collectionOf, nameOf, objectOf, widget, widgetPath, withVerb } from './objects.ts';
import { dry, plainHeaders, type Route, type ValidRequest } from './valid.ts';

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;

/** A patch of this type that adds `value` or all of `object`. */
const patchOf = (type: string, object: any, chance: Chance): unknown => {
  if (type.startsWith('application/json-patch')) {
    const { labels, annotations } = object.metadata;
    return [
      { op: 'test', path: '/metadata/name', value: object.metadata.name },
      {
        op: chance.of(['add', 'replace', 'copy', 'move', 'remove']),
        path: '/metadata/labels',
        from: '/metadata/annotations',
        value: labels ?? annotations,
      },
    ];
  }
  const { managedFields: _, ...rest } = object.metadata;
  return { ...object, metadata: type.includes('apply') ? { name: rest.name, labels: rest.labels } : rest };
};

export const patches: Route[] = patchTypes.flatMap((type): Route[] => {
  const query = type.includes('apply') ? { ...dry, fieldManager: 'fuzz', force: 'true' } : dry;
  const request = (chance: Chance, path: string, object: any): ValidRequest => ({
    method: 'PATCH',
    path,
    query,
    headers: plainHeaders(chance, type),
    body: { value: patchOf(type, object, chance), encode: (value) => JSON.stringify(value) ?? '' },
  });
  return [
    {
      name: 'patch',
      type,
      valid: (chance) => {
        const one = chance.of(withVerb('patch'));
        return request(chance, `${collectionOf(one)}/${nameOf(one)}`, objectOf(one));
      },
    },
    {
      name: 'patch of status',
      type,
      valid: (chance) => {
        const one = chance.of(withVerb('patch').filter(({ definition }) => definition.hasStatus));
        return request(chance, `${collectionOf(one)}/${nameOf(one)}/status`, objectOf(one));
      },
    },
    {
      name: 'patch of scale',
      type,
      valid: (chance) => {
        const one = chance.of(withVerb('patch').filter(({ definition }) => definition.scale));
        const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: nameOf(one) }, spec: { replicas: 2 } };
        return request(chance, `${collectionOf(one)}/${nameOf(one)}/scale`, scale);
      },
    },
    {
      name: 'patch of a custom resource',
      type,
      valid: (chance) => request(chance, `${widgetPath}/w${chance.of(['', '', '/status'])}`, widget),
    },
  ];
});
