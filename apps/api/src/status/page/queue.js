import { bar, card, unknown } from './markup.js';
import { number, span } from './words.js';

export function queue({ queue }) {
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

export function throughput({ throughput }) {
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
