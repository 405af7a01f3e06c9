/** GET of a collection. */
import type { Handler } from '../call.ts';
import { listResponse } from '../encode.ts';
import { whenFresh } from '../freshness.ts';
import { listOptions } from '../options.ts';
import { openPage } from '../pages.ts';
import { selectionOf } from '../selection.ts';

export const list: Handler = async (call) => {
  const options = listOptions(call.query, false);
  const selection = selectionOf(call.target.definition, options, '', call.target.served.fieldLabels);
  const page = await whenFresh(call, () => openPage(call, options, selection));
  return listResponse(
    call,
    page.items,
    {
      resourceVersion: String(page.revision),
      ...(page.continueToken ? { continue: page.continueToken } : {}),
      ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
    },
    page.rest,
  );
};
