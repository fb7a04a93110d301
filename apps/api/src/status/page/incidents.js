import { card, clockOf, escaped } from './markup.js';
import { span } from './words.js';

/** What a past incident was, in few words. */
const TITLES = {
  mysql_away: 'Requests were refused: the database was away',
  redis_away: 'Work stood still: the queue was away',
  system_paused: 'Paused by the operator',
  no_workers: 'Work stood still: no worker was there',
  nothing_taken: 'Work stood still: nothing was taken',
  waiting_too_long: 'Long waits',
  ledger_and_queue_apart: 'The queue had lost some of what was accepted',
  breaker_open: 'A model was failing',
  provider_limited: 'A provider took no calls',
  webhook_backlog: 'Webhooks were late',
  eviction_policy: 'The queue might have thrown keys away',
  redis_memory: 'The memory of the queue was nearly full',
};
const MOST_PAST = 6;

export function currentIncidents({ incidents: { current } }) {
  if (current.length === 0) return '';
  const items = current.map(
    ({ severity, message, since }) =>
      `<li class="${severity}"><span class="tag">${severity}</span><span class="what">${escaped(message)}</span><span class="when">since ${clockOf(since)}</span></li>`,
  );
  return `<h2 class="quiet">What is wrong now</h2><ul class="incidents">${items.join('')}</ul>`;
}

export function history({ incidents: { current, recent }, sampledAt }) {
  if (recent.length === 0) {
    const nothing = current.length === 0 ? 'Nothing' : 'Nothing else';
    return card('Lately', `<p class="empty">${nothing} was wrong in the last day.</p>`);
  }
  const items = recent
    .slice(0, MOST_PAST)
    .map(
      ({ id, code, since, endedAt }) =>
        `<li><span class="when">${span((Date.parse(sampledAt) - Date.parse(endedAt)) / 1000)} ago</span><span class="what">${TITLES[code]}${ofWhat(id, code)}</span><span class="lasted">lasted ${span((Date.parse(endedAt) - Date.parse(since)) / 1000)}</span></li>`,
    );
  return card('Lately', `<ul class="past">${items.join('')}</ul>`);
}

/** For what it was, where that is not all: the incident's id goes on with it after the code. */
function ofWhat(id, code) {
  return id === code ? '' : ` <small>${escaped(id.slice(code.length + 1))}</small>`;
}
