/** Answers of the history as text for a person: columns, fields that changed, YAML. Pure. */
import { stringify } from 'yaml';
import type { Shows } from './request.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
};

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? '';
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
};

const versions = ({ items, metadata }: any): string => {
  const rows = items.map((item: any) => [
    item.revision,
    item.time ?? '<unknown>',
    item.type,
    item.user ?? '<unknown>',
    item.fieldManager ?? '<unknown>',
    item.purged ? '<purged>' : String(item.bytes),
  ]);
  const more = metadata.before ? `\nOlder ones: --before ${metadata.before}` : '';
  return table(['REVISION', 'TIME', 'CHANGE', 'USER', 'MANAGER', 'BYTES'], rows) + more;
};

const signs: Readonly<Record<string, (change: any) => string>> = {
  add: ({ path, to }) => `+ ${path}: ${shown(to)}`,
  remove: ({ path, from }) => `- ${path}: ${shown(from)}`,
  replace: ({ path, from, to }) => `~ ${path}: ${shown(from)} -> ${shown(to)}`,
};

const diff = ({ from, to, changes }: any): string => {
  const who = to.user ? `, by ${to.user} with ${to.fieldManager}` : '';
  const head = `Revision ${from?.revision ?? '(none)'} to ${to.revision} (${to.type}${to.time ? `, ${to.time}` : ''}${who})`;
  return [head, ...(changes.length > 0 ? changes.map((change: any) => signs[change.op]!(change)) : ['nothing changed'])].join('\n');
};

const list = ({ items, metadata, history }: any): string => {
  const rows = items.map((item: any) => [item.kind, item.metadata.namespace ?? '', item.metadata.name, item.metadata.resourceVersion]);
  const notes = [
    ...(history.complete ? [] : ['The history does not reach back to that moment for every type: objects may be missing.']),
    ...history.lost.map((key: any) => `${key.resource} ${key.namespace}/${key.name} lived then; its state is no longer kept.`),
    ...(history.forbidden ? [`Not shown, because you may not list them: ${history.forbidden.join(', ')}`] : []),
    ...(metadata.continue ? ['More follow: use --output json and `metadata.continue`.'] : []),
  ];
  return [`As of revision ${metadata.resourceVersion}`, table(['KIND', 'NAMESPACE', 'NAME', 'REVISION'], rows), ...notes].join('\n');
};

const texts: Readonly<Record<Shows, (answer: any) => string>> = {
  versions,
  diff,
  list,
  object: (answer) => stringify(answer).trimEnd(),
  retention: ({ kind: _, apiVersion: _v, ...settings }) => stringify(settings).trimEnd(),
  purged: ({ purged }) => `${purged} versions are forgotten.`,
};

export const textOf = (shows: Shows, answer: unknown): string => texts[shows](answer);
