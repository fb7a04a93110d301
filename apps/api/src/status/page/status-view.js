/*
 * The status in HTML, section by section: the same for the first paint, on the server, and for what changes after that, in the browser. Every
 * text from outside passes through `escaped`. Bars and lines are SVG, whose attributes the page's policy allows, as it does no style in markup.
 */
import { figures } from './figures.js';
import { headline } from './headline.js';
import { currentIncidents, history } from './incidents.js';
import { queue, throughput } from './queue.js';
import { models, upkeep } from './upkeep.js';
import { workers } from './workers.js';

export { titleOf } from './headline.js';
export { clockOf } from './markup.js';

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
