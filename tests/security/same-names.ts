import { jsonOf, makeCall } from './calls.ts';
import { type Belongings, firstValues } from './one-of-everything.ts';
import type { Service } from './service.ts';

/**
 * Two tenants that call their tasks and strategies by the same names, and use the same Idempotency-Key: each has its own role, made from
 * its own sources, and follows its own creations alone. Returns what is not so, and how many things were looked at.
 */
export async function compareNamesakes(
  { url, model }: Service,
  one: Belongings,
  other: Belongings,
): Promise<{ looks: number; wrong: string[] }> {
  const wrong: string[] = [];
  let looks = 0;
  const look = (what: string, text: string, mine: Belongings, theirs: Belongings, marked = true) => {
    looks += 1;
    if (marked && !text.includes(mine.marker)) wrong.push(`${what} is not the tenant's own`);
    for (const secret of theirs.private) if (text.includes(secret)) wrong.push(`${what} has ${secret} of another's`);
  };
  for (const [mine, theirs] of [
    [one, other],
    [other, one],
  ] as const) {
    const { taskId, strategyId, roleId, creationId } = firstValues(mine.values);
    const read = async (path: string) => (await makeCall(url, { method: 'GET', path, key: mine.account.apiKey })).text;
    look('a role', await read(`/v1/roles/${roleId}`), mine, theirs);
    look('a role with its Markdown', await read(`/v1/roles/${roleId}/export?format=markdown`), mine, theirs);
    look('a source', await read(`/v1/tasks/${taskId}/base-info`), mine, theirs);
    look('a strategy', await read(`/v1/strategies/${strategyId}`), mine, theirs);
    look('the list of creations', await read('/v1/role-creations?limit=100'), mine, theirs);
    look('the list of roles', await read('/v1/roles?limit=100'), mine, theirs);
    look('an answer under a shared Idempotency-Key', await read(`/v1/role-creations/${creationId}`), mine, theirs);
  }

  // The one follows a creation that runs, while another of the other's is made from beginning to end.
  const [, , running] = one.values.creationId ?? [];
  const stop = new AbortController();
  const followed = follow(`${url}/v1/role-creations/${running}/events`, one.account.apiKey, stop.signal);
  model.always({ kind: 'answer', chunks: 20 });
  const body = { taskId: other.values.taskId?.[0], strategyId: other.values.strategyId?.[0] };
  const headers = { prefer: 'wait=30' };
  const answer = await makeCall(url, {
    method: 'POST',
    path: '/v1/role-creations',
    key: other.account.apiKey,
    body,
    headers,
  });
  model.always({ kind: 'answer' });
  const made = jsonOf<{ id: string; status: string }>(answer);
  stop.abort();
  const heard = await followed;
  if (made.status !== 'succeeded') wrong.push(`a creation was to succeed beside a stream, and is ${made.status}`);
  if (!heard.includes('event:')) wrong.push('a stream of a running creation has no event');
  look('a stream', heard, one, { ...other, private: [...other.private, made.id] }, false);
  return { looks, wrong };
}

async function follow(url: string, key: string, signal: AbortSignal): Promise<string> {
  let text = '';
  try {
    const response = await fetch(url, {
      signal,
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
    });
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    // Broken off by us.
  }
  return text;
}
