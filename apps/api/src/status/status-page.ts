import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { SystemStatus } from '@roleforge/contracts';
import express, { type Router } from 'express';
import { pageHeaders, setHeaders } from '../http/security-headers.ts';
import { clockOf, renderStatus, type SectionId, titleOf } from './page/status-view.js';
import { PAGE_FILES, STYLES } from './page-files.ts';

const HEADERS = pageHeaders({
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
});

/** The sections that are cards, in their order. */
const CARDS: readonly SectionId[] = ['queue', 'throughput', 'workers', 'models', 'upkeep', 'history'];

/**
 * `/status`, for people: as it was seen last, readable without a script, and kept up to date by one. All of it is served from here: no
 * address outside is asked for anything.
 */
export function statusPage(seen: () => Promise<{ status: SystemStatus }>): Router {
  const router = express.Router();
  router.get('/status', async (_request, response) => {
    const { status } = await seen();
    setHeaders(response, HEADERS);
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(pageOf(status));
  });
  for (const name of PAGE_FILES) {
    const text = readFileSync(join(import.meta.dirname, 'page', name), 'utf8');
    router.get(`/status/${name}`, (_request, response) => {
      response.setHeader('Cache-Control', 'no-cache');
      response.type(extname(name)).send(text);
    });
  }
  return router;
}

function pageOf(status: SystemStatus): string {
  const sections = renderStatus(status);
  const cards = CARDS.map(id => `<section class="card" id="${id}">${sections[id]}</section>`);
  return `<!doctype html>
<html lang="en" data-status="${status.status}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titleOf(status)}</title>
<link rel="icon" href="data:,">
${STYLES.map(name => `<link rel="stylesheet" href="/status/${name}">`).join('\n')}
<script type="module" src="/status/status-live.js"></script>
</head>
<body>
<div class="page">
<header class="top"><h1>RoleForge status</h1><p id="link" role="status" data-sampled-at="${status.sampledAt}">As of ${clockOf(status.sampledAt)}<noscript>: load the page again for how it is now</noscript></p></header>
<main>
<div id="headline" role="status">${sections.headline}</div>
<div id="incidents" aria-live="polite">${sections.incidents}</div>
<section id="figures" aria-label="In figures">${sections.figures}</section>
<div class="grid">${cards.join('\n')}</div>
</main>
<footer class="foot"><span>Looked at once a second; latencies are of the last minute.</span><span><a href="/v1/status">For programs</a> · <a href="/docs">API reference</a></span></footer>
</div>
</body>
</html>`;
}
