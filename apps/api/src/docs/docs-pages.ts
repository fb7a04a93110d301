import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express, { type Router } from 'express';
import { pageHeaders, setHeaders } from '../http/security-headers.ts';

const HEADERS = pageHeaders({
  defaultSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
});

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>RoleForge API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>`;

const STYLE = `body { margin: 0 }
.swagger-ui .info { margin: 2rem 0 1rem }
.swagger-ui .scheme-container { box-shadow: none; padding: 1rem 0; background: none }`;

const SCRIPT = `SwaggerUIBundle({
  url: '/openapi.json', dom_id: '#reference', deepLinking: true, docExpansion: 'list', defaultModelsExpandDepth: 0,
  displayRequestDuration: true, persistAuthorization: true, tryItOutEnabled: true, validatorUrl: null,
})`;

/** `/openapi.json` and the reference page `/docs`, all of it served from here: no address outside is asked for anything. */
export function docsPages(document: object): Router {
  const router = express.Router();
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const text = JSON.stringify(document);
  router.get('/openapi.json', (_request, response) => void response.type('json').send(text));
  router.get('/docs', (_request, response) => {
    setHeaders(response, HEADERS);
    response.type('html').send(PAGE);
  });
  router.get('/docs/page.css', (_request, response) => void response.type('css').send(STYLE));
  router.get('/docs/page.js', (_request, response) => void response.type('js').send(SCRIPT));
  router.use('/docs/assets', express.static(assets, { index: false, maxAge: '1h' }));
  return router;
}
