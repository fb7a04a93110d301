import { card, escaped, unknown } from './markup.js';
import { number, span, total, untilOf } from './words.js';

export function models({ providers, sampledAt }) {
  if (providers === null) return card('Language models', unknown('Not known while the queue does not answer.'));
  if (providers.length === 0)
    return card('Language models', '<p class="empty">None is set up: roles are composed from their sources alone.</p>');
  const items = providers.map(({ provider, model, breaker, openUntil, limitedUntil }) => {
    const [kind, words] =
      breaker === 'open'
        ? ['bad', `failing, left alone for ${untilOf(openUntil, sampledAt)}`]
        : limitedUntil !== null
          ? ['warn', `takes no calls for ${untilOf(limitedUntil, sampledAt)}`]
          : breaker === 'half_open'
            ? ['warn', 'being tried again']
            : ['good', 'answers'];
    return `<li><span class="dot ${kind}" aria-hidden="true"></span><span class="name">${escaped(model)}<small>${escaped(provider)}</small></span><span class="word">${words}</span></li>`;
  });
  return card('Language models', `<ul class="facts">${items.join('')}</ul>`);
}

export function upkeep({ stores, webhooks, redis, creations }) {
  const fact = (kind, name, word) =>
    `<li><span class="dot ${kind}" aria-hidden="true"></span><span class="name">${name}</span><span class="word">${word}</span></li>`;
  const more = atLeast => (atLeast ? ' or more' : '');
  const memory =
    redis === null
      ? ''
      : !redis.evictionPolicyOk
        ? ', may throw keys away'
        : redis.memoryUsed === null
          ? ''
          : `, memory ${Math.round(redis.memoryUsed * 100)}%`;
  return card(
    'Behind it',
    `<ul class="facts">${[
      fact(stores.mysql === 'ok' ? 'good' : 'bad', 'Database', stores.mysql === 'ok' ? 'answers' : 'does not answer'),
      fact(
        stores.redis === 'ok' ? (memory.includes('away') ? 'warn' : 'good') : 'bad',
        'Queue',
        stores.redis === 'ok' ? `answers${memory}` : 'does not answer',
      ),
      webhooks === null
        ? fact('off', 'Webhooks', 'not known')
        : fact(
            webhooks.oldestDueSeconds > 120 ? 'warn' : 'good',
            'Webhooks',
            webhooks.pending === 0
              ? 'all delivered'
              : `${number(webhooks.pending)}${more(webhooks.atLeast)} to deliver${webhooks.due > 0 ? `, due for ${span(webhooks.oldestDueSeconds)}` : ''}`,
          ),
      creations === null
        ? fact('off', 'Unfinished', 'not known')
        : fact(
            'good',
            'Unfinished',
            `${number(total([creations.scheduled, creations.queued, creations.held, creations.running, creations.cancelling]))}${more(creations.atLeast)}${creations.held > 0 ? `, ${number(creations.held)} held` : ''}`,
          ),
    ].join('')}</ul>`,
  );
}
