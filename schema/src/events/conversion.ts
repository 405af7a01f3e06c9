/**
 * The two served forms of an event. The stored form is core/v1; fields are only renamed, so a round trip loses nothing.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */

/** events.k8s.io/v1 name -> core/v1 name, where they differ. */
const storedNames: Readonly<Record<string, string>> = {
  reportingController: 'reportingComponent',
  regarding: 'involvedObject',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const servedNames = Object.fromEntries(Object.entries(storedNames).map(([served, stored]) => [stored, served]));

type Fields = Readonly<Record<string, any>>;

const rename = (event: Fields, names: Readonly<Record<string, string>>): Record<string, any> =>
  Object.fromEntries(Object.entries(event).map(([field, value]) => [names[field] ?? field, value]));

/** events.k8s.io/v1 to the stored core/v1. `involvedObject` and `metadata` are there afterwards, whatever the client left out. */
export const eventToStorage = (event: Fields): Record<string, any> => ({
  metadata: {},
  involvedObject: {},
  ...rename(event, storedNames),
  apiVersion: 'v1',
  kind: 'Event',
});

/** The stored core/v1 to events.k8s.io/v1. */
export const eventFromStorage = (event: Fields): Record<string, any> => ({
  ...rename(event, servedNames),
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
});
