import { SOURCE_KINDS, SOURCE_PATHS, SOURCE_SCHEMAS, type SourceKind, TaskId } from '@roleforge/contracts';
import { z } from 'zod';
import { type SourceNeeds, sourceHandlers } from '../handlers/sources.ts';
import { type Route, route } from '../http/route.ts';

const byTask = z.object({ taskId: TaskId });
const SOURCE_NAMES = {
  baseInfo: 'base info',
  talkStyle: 'talk style',
  knowledge: 'knowledge',
  products: 'products',
} as const;

export function sourceRoutes(needs: SourceNeeds): Route[] {
  return SOURCE_KINDS.flatMap(kind => routesOfSource(needs, kind));
}

function routesOfSource(needs: SourceNeeds, kind: SourceKind): Route[] {
  const handlers = sourceHandlers(needs, kind);
  const name = SOURCE_NAMES[kind];
  const suffix = kind.charAt(0).toUpperCase() + kind.slice(1);
  const document = SOURCE_SCHEMAS[kind];
  const common = {
    path: `/v1/tasks/{taskId}/${SOURCE_PATHS[kind]}`,
    tag: 'Sources',
    params: byTask,
    badParams: 'invalid_request' as const,
  };
  const headers = z.object({ ETag: z.string(), 'Last-Modified': z.string() });
  return [
    route(
      {
        ...common,
        method: 'get',
        operationId: `read${suffix}`,
        scope: 'creations:read',
        summary: `Read a task's ${name}`,
        replies: { 200: { description: 'As it is stored', body: document, headers } },
        problems: ['not_found'],
      },
      handlers.read,
    ),
    route(
      {
        ...common,
        method: 'put',
        operationId: `put${suffix}`,
        scope: 'sources:write',
        summary: `Store a task's ${name}`,
        description: 'Takes the place of what was there. Items without an id are given one.',
        body: document,
        sourceAt: [],
        replies: {
          200: { description: 'Replaced', body: document, headers },
          201: { description: 'Stored for the first time', body: document, headers },
        },
      },
      handlers.put as never,
    ),
    route(
      {
        ...common,
        method: 'delete',
        operationId: `delete${suffix}`,
        scope: 'sources:write',
        summary: `Delete a task's ${name}`,
        replies: { 204: { description: 'Gone' } },
        problems: ['not_found'],
      },
      handlers.remove,
    ),
  ];
}
