import type { RequestHandler } from 'express';
import { PAGE_FILES } from '../status/page-files.ts';
import { nameRoute } from './traffic.ts';

/** The addresses beside the routes of the API: those of pages, each with its own name in the metrics. */
const PAGES = new Set([
  '/livez',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/docs/page.css',
  '/docs/page.js',
  '/status',
  ...PAGE_FILES.map(name => `/status/${name}`),
  '/admin/login',
  '/admin/logout',
]);

/** What serves all that is below it, under one name. */
const FOLDERS = ['/docs/assets', '/admin/queues'];

/** Names the pages. Express finds them in capitals too, and with a stroke at the end. */
export const nameFixedRoutes: RequestHandler = (request, response, next) => {
  const path = request.path.toLowerCase().replace(/\/$/, '');
  const folder = FOLDERS.find(each => path === each || path.startsWith(`${each}/`));
  if (folder !== undefined) nameRoute(response, folder);
  else if (PAGES.has(path)) nameRoute(response, path);
  next();
};
