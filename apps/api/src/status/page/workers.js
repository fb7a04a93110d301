import { bar, card, escaped, unknown } from './markup.js';
import { span, total } from './words.js';

const STEPS = ['gathering', 'writing', 'saving'];
const MOST_WORKERS = 24;

export function workers({ workers, sampledAt }) {
  if (workers === null) return card('Workers', unknown('Not known while the queue does not answer.'));
  if (workers.length === 0) return card('Workers', '<p class="empty">No worker is there.</p>');
  const items = workers.slice(0, MOST_WORKERS).map(worker => workerRow(worker, sampledAt));
  const more = workers.length > MOST_WORKERS ? `<li class="more">and ${workers.length - MOST_WORKERS} more</li>` : '';
  return card(
    'Workers',
    `<ul class="workers">${items.join('')}${more}</ul><p class="legend">${STEPS.map(step => `<span class="key ${step}">${step}</span>`).join('')}</p>`,
    `${workers.length} ${workers.length === 1 ? 'process' : 'processes'}`,
  );
}

function workerRow({ id, state, version, startedAt, concurrency, inHand, longestInHandSeconds }, sampledAt) {
  const busy = inHand === null ? 0 : total(Object.values(inHand));
  const doing =
    inHand === null
      ? 'of a former release: does not say'
      : busy === 0
        ? 'waits for work'
        : STEPS.filter(step => inHand[step] > 0)
            .map(step => `${inHand[step]} ${step}`)
            .join(', ');
  const facts = [
    state === 'stopping' && 'stopping',
    version && `v${escaped(version)}`,
    startedAt && `up ${span((Date.parse(sampledAt) - Date.parse(startedAt)) / 1000)}`,
    longestInHandSeconds > 0 && `longest ${span(longestInHandSeconds)}`,
  ].filter(Boolean);
  const parts = inHand === null ? [] : STEPS.map(step => [step, inHand[step] / Math.max(1, concurrency)]);
  return `<li class="${state}"><p class="line"><code>${escaped(id)}</code><span class="doing">${doing}</span><span class="count">${inHand === null ? '' : `${busy}/${concurrency}`}</span></p>${bar(parts)}<p class="note">${facts.join(' · ')}</p></li>`;
}
