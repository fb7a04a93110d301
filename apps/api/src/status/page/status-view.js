/*
 * The status in HTML, section by section: the same for the first paint, on the server, and for what changes after that, in the browser. Every
 * text from outside passes through `escaped`. Bars and lines are SVG, whose attributes the page's policy allows, as it does no style in markup.
 */

const HEADLINES = {
  operational: ['Everything works', 'Requests are accepted, and roles are made.'],
  degraded: ['Not all is well', 'Requests are accepted; some roles are late, or wait for now.'],
  standstill: ['Work stands still', 'Requests are accepted; the roles are made when it goes on.'],
  down: ['Requests are refused', 'Nothing can be accepted at the moment. Try again a little later.'],
  paused: ['Paused', 'Requests are accepted; the operator has paused the work on them.'],
};
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
const STEPS = ['gathering', 'writing', 'saving'];
const MOST_WORKERS = 24;
const MOST_PAST = 6;

/** The sections' HTML, by their ids. */
export function renderStatus(status) {
  return {
    headline: headline(status),
    incidents: currentIncidents(status),
    figures: figures(status),
    queue: queue(status),
    throughput: throughput(status),
    workers: workers(status),
    models: models(status),
    upkeep: upkeep(status),
    history: history(status),
  };
}

/** The page's title. */
export function titleOf(status) {
  return `${HEADLINES[moodOf(status)][0]} · RoleForge status`;
}

/** Accepted and not made for now is worse than late. */
function moodOf({ status, incidents: { current } }) {
  const stands = status === 'degraded' && current.some(({ severity }) => severity === 'critical');
  return stands ? 'standstill' : status;
}

function headline(status) {
  const mood = moodOf(status);
  const [title, sentence] = HEADLINES[mood];
  return `<p class="state ${mood}"><span class="lamp" aria-hidden="true"></span><strong>${title}</strong></p><p class="lead">${sentence}</p>`;
}

function currentIncidents({ incidents: { current } }) {
  if (current.length === 0) return '';
  const items = current.map(
    ({ severity, message, since }) =>
      `<li class="${severity}"><span class="tag">${severity}</span><span class="what">${escaped(message)}</span><span class="when">since ${clockOf(since)}</span></li>`,
  );
  return `<h2 class="quiet">What is wrong now</h2><ul class="incidents">${items.join('')}</ul>`;
}

function figures({ queue, workers, throughput, accept, pickup }) {
  const oldest = Math.max(0, ...(queue?.classes.map(each => each.oldestWaitingSeconds) ?? []));
  const working = workers?.filter(({ state }) => state !== 'stopping') ?? [];
  const slots = total(working.map(({ concurrency }) => concurrency ?? 0));
  const busy = total((workers ?? []).map(({ inHand }) => (inHand ? total(Object.values(inHand)) : 0)));
  return `<dl class="figures">${[
    figure(
      'Waiting',
      queue && number(queue.waiting),
      queue && (queue.waiting > 0 ? `the oldest for ${span(oldest)}` : 'nobody waits'),
    ),
    figure('In hand', workers && number(busy), workers && `of ${number(slots)} at a time`),
    figure(
      'Finished',
      throughput && `${number(throughput.endsPerSecond)}<small>/s</small>`,
      throughput && `${number(throughput.startsPerSecond)}/s begun`,
    ),
    figure(
      'Accepted',
      accept && `${number(accept.perSecond)}<small>/s</small>`,
      accept && latencies('committed', accept.latency),
    ),
    figure(
      'Picked up',
      pickup && (pickup.p50Ms === null ? '–' : `≤ ${milliseconds(pickup.p50Ms)}`),
      pickup && latencies('after', pickup),
    ),
  ].join('')}</dl>`;
}

function figure(label, value, note) {
  return `<div><dt>${label}</dt><dd>${value ?? '<span class="unknown">not known</span>'}</dd><dd class="note">${note ?? ' '}</dd></div>`;
}

function latencies(what, { p95Ms }) {
  return p95Ms === null ? 'none lately' : `95% ${what} <span class="bound">≤ ${milliseconds(p95Ms)}</span>`;
}

function queue({ queue }) {
  if (queue === null) return card('Queue', unknown('The queue does not answer.'));
  const most = Math.max(1, ...queue.classes.map(({ waiting }) => waiting));
  const rows = queue.classes.map(
    ({ priority, waiting, oldestWaitingSeconds }) =>
      `<tr><th scope="row">${priority}</th><td class="wide">${bar([[`class-${priority}`, waiting / most]])}</td><td>${number(waiting)}</td><td>${waiting > 0 ? span(oldestWaitingSeconds) : '–'}</td></tr>`,
  );
  const beside = [
    queue.paused && 'paused',
    queue.scheduled > 0 && `${number(queue.scheduled)} for later`,
    queue.parked > 0 && `${number(queue.parked)} kept back by limits`,
  ].filter(Boolean);
  return card(
    'Queue',
    `<table><thead><tr><th scope="col">priority</th><td class="wide"></td><th scope="col">waiting</th><th scope="col">oldest</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
    beside.join(' · '),
  );
}

function throughput({ throughput }) {
  if (throughput === null) return card('Throughput', unknown('Not known while the queue does not answer.'));
  const { recent, spanSeconds, startsPerSecond, endsPerSecond } = throughput;
  const rates = recent.map(({ starts, ends }) => [starts / spanSeconds, ends / spanSeconds]);
  const most = Math.max(0.2, ...rates.flat());
  const x = index => ((index * 300) / Math.max(1, rates.length - 1)).toFixed(1);
  const y = rate => (58 - (rate / most) * 54).toFixed(1);
  const line = which => rates.map((rate, index) => `${x(index)},${y(rate[which])}`).join(' ');
  const text = `In the last minute, at most ${number(most)} a second; now ${number(startsPerSecond)} begun and ${number(endsPerSecond)} finished a second.`;
  return card(
    'Throughput',
    `<svg class="spark" viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="${text}"><polygon class="ends" points="0,60 ${line(1)} 300,60"/><polyline class="ends" points="${line(1)}" vector-effect="non-scaling-stroke"/><polyline class="starts" points="${line(0)}" vector-effect="non-scaling-stroke"/></svg>` +
      `<p class="legend"><span class="key starts">begun</span><span class="key ends">finished</span></p>`,
    rates.flat().some(rate => rate > 0) ? `last minute · up to ${number(most)} a second` : 'nothing in the last minute',
  );
}

function workers({ workers, sampledAt }) {
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

function models({ providers, sampledAt }) {
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

function upkeep({ stores, webhooks, redis, creations }) {
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

function history({ incidents: { current, recent }, sampledAt }) {
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

function card(title, body, aside = '') {
  return `<header><h2>${title}</h2>${aside ? `<p>${aside}</p>` : ''}</header>${body}`;
}

function unknown(sentence) {
  return `<p class="empty">${sentence}</p>`;
}

/** Parts of a whole, each of a class and from 0 to 1. */
function bar(parts) {
  let from = 0;
  const rects = parts.map(([name, part]) => {
    const width = Math.min(100 - from, part * 100);
    const rect =
      width > 0 ? `<rect class="${name}" x="${from.toFixed(2)}" width="${width.toFixed(2)}" height="8"/>` : '';
    from += width;
    return rect;
  });
  return `<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/>${rects.join('')}</svg>`;
}

function total(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function number(value) {
  return value >= 10 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

/** A span of time in its largest fitting unit. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} days`;
}

function milliseconds(ms) {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

function untilOf(at, sampledAt) {
  return span((Date.parse(at) - Date.parse(sampledAt)) / 1000);
}

export function clockOf(at) {
  return `<time datetime="${escaped(at)}">${escaped(at.slice(11, 16))} UTC</time>`;
}

function escaped(text) {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
