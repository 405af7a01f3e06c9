/**
 * Structs that use every feature of the field language, for the tests of the engines. No kind depends on them.
 */
import * as f from './field.ts';

const NAME = 'io.k8s.api.test.v1';

export const Handler = f.struct(`${NAME}.Handler`, 'What to do.', {
  exec: f.list(1, 'string', 'Command.'),
  port: f.intOrString(2, 'Port.', { pointer: true }),
});

export const Port = f.struct(`${NAME}.Port`, 'A port.', {
  name: f.str(1, 'Name.'),
  containerPort: f.int32(3, 'Number.', { required: true }),
  protocol: f.str(4, 'Protocol.', { enum: ['TCP', 'UDP'], default: 'TCP' }),
});

export const Reference = f.struct(`${NAME}.Reference`, 'A name.', { name: f.str(1, 'Name.', { default: '' }) }, { atomic: true });

export const KeyReference = f.struct(`${NAME}.KeyReference`, 'A key.', {
  'inline:reference': f.inline(1, Reference),
  key: f.str(2, 'Key.', { required: true }),
});

export const Item = f.struct(`${NAME}.Item`, 'An item.', {
  name: f.str(1, 'Name.', { required: true }),
  value: f.str(2, 'Value.'),
  ports: f.listMap(3, Port, ['containerPort', 'protocol'], 'Ports.'),
  limits: f.map(4, 'quantity', 'Limits.'),
  'inline:handler': f.inline(5, Handler),
  from: f.message(6, KeyReference, 'Source.'),
  count: f.int32(7, 'Count.', { required: true, default: 0 }),
});

export interface TestTree {
  name?: string;
  children?: TestTree[];
}
export const Tree: f.Struct = f.struct(`${NAME}.Tree`, 'A tree.', {
  name: f.str(1, 'Name.'),
  child: f.recursive<TestTree>(2, () => Tree, 'Child.'),
});

export const Strategy = f.struct(`${NAME}.Strategy`, 'How.', {
  type: f.str(1, 'Type.'),
  rolling: f.message(2, Reference, 'Rolling.'),
  count: f.int32(3, 'Count.'),
});

export const Spec = f.struct(`${NAME}.Spec`, 'The spec.', {
  replicas: f.int32(1, 'Replicas.', { pointer: true }),
  items: f.listMap(2, Item, ['name'], 'Items.', { required: true }),
  volumes: f.listMap(3, Strategy, ['type'], 'Volumes.', { retainKeys: true }),
  args: f.list(4, 'string', 'Args.'),
  finalizers: f.set(5, 'string', 'Finalizers.', { merge: true }),
  labels: f.map(6, 'string', 'Labels.', { atomic: true }),
  strategy: f.message(7, Strategy, 'Strategy.', { retainKeys: true }),
  selector: f.message(8, Strategy, 'Selector.', { strategy: 'replace' }),
  data: f.map(9, 'bytes', 'Data.'),
  big: f.int64(10, 'Big.'),
  ratio: f.double(11, 'Ratio.'),
  on: f.bool(12, 'On.'),
  maybe: f.bool(13, 'Maybe.', { pointer: true }),
  numbers: f.list(14, 'int32', 'Numbers.'),
  when: f.time(15, 'When.'),
  exactly: f.microTime(16, 'Exactly.'),
  wait: f.duration(17, 'Wait.'),
  raw: f.rawExtension(18, 'Raw.'),
  tree: f.message(19, Tree, 'Tree.'),
  extra: { ...f.map(20, 'string', 'Extra.'), type: extraType() },
});

/** A map of lists, as `extra` of the authentication reviews. */
function extraType(): f.FieldType {
  const item: f.FieldType = { kind: 'scalar', scalar: 'string' };
  const semantics: f.ListSemantics = { listType: 'atomic', keys: [], strategy: 'replace', retainKeys: false };
  return { kind: 'map', value: { kind: 'list', item, semantics }, atomic: false };
}

export const Root = f.struct(`${NAME}.Root`, 'An object.', {
  apiVersion: f.str(0, 'Version.'),
  kind: f.str(0, 'Kind.'),
  spec: f.message(2, Spec, 'Spec.', { default: {} }),
  status: f.message(3, Item, 'Status.'),
});
