import { milliseconds, number, span, total } from './words.js';

export function figures({ queue, workers, throughput, accept, pickup }) {
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
