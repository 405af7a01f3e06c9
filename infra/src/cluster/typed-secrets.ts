/** All Secrets of a type, page by page. */
import type { Api } from '../backup/api.ts';

export async function* secretsOfType(
  api: Pick<Api, 'call'>,
  type: string,
): AsyncGenerator<{ readonly data?: Readonly<Record<string, string>> }> {
  let more = '';
  do {
    const list = await api.call('GET', `/api/v1/secrets?limit=500&fieldSelector=${encodeURIComponent(`type=${type}`)}${more}`);
    yield* list.items;
    more = list.metadata?.continue ? `&continue=${encodeURIComponent(list.metadata.continue)}` : '';
  } while (more !== '');
}
