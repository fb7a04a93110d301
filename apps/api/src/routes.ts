import {
  Creation,
  CreationEvent,
  CreationEventPage,
  CreationId,
  CreationListQuery,
  CreationPage,
  EventListQuery,
  PageQuery,
  Role,
  RoleId,
  RoleListQuery,
  RolePage,
  RoleVersionPage,
  SOURCE_KINDS,
  SOURCE_PATHS,
  SOURCE_SCHEMAS,
  type SourceKind,
  Strategy,
  StrategyDocument,
  StrategyId,
  SubmitCreation,
  TaskId,
} from '@roleforge/contracts';
import type { SourceStore, StrategyStore } from '@roleforge/db';
import { z } from 'zod';
import { type EventNeeds, eventHandlers } from './handlers/creation-events.ts';
import { type CreationNeeds, creationHandlers } from './handlers/creations.ts';
import { roleHandlers } from './handlers/roles.ts';
import { sourceHandlers } from './handlers/sources.ts';
import { strategyHandlers } from './handlers/strategies.ts';
import { type Route, route } from './http/route.ts';

export type RouteNeeds = CreationNeeds & EventNeeds & { sources: SourceStore; strategies: StrategyStore };

const byCreation = z.object({ creationId: CreationId });
const byRole = z.object({ roleId: RoleId });
const byVersion = byRole.extend({ version: z.coerce.number().int().min(1) });
const byTask = z.object({ taskId: TaskId });
const byStrategy = z.object({ strategyId: StrategyId });

const tags = { creations: 'Role creations', roles: 'Roles', sources: 'Sources', strategies: 'Strategies' } as const;

/** Every call that a tenant can make. What is served, what is documented, and what is tested all come from here. */
export function tenantRoutes(needs: RouteNeeds): Route[] {
  return [
    ...creationRoutes(needs),
    ...roleRoutes(needs),
    ...sourceRoutes(needs.sources),
    ...strategyRoutes(needs.strategies),
  ];
}

function creationRoutes(needs: RouteNeeds): Route[] {
  const creations = creationHandlers(needs);
  const { events } = eventHandlers(needs);
  return [
    route(
      {
        method: 'post',
        path: '/v1/role-creations',
        operationId: 'submitCreation',
        tag: tags.creations,
        summary: 'Ask for a role',
        description:
          'Answered as soon as the request is committed; workers do the rest. `Location` is where to look, and `links.events` where to listen. ' +
          'A `webhook` is kept with the creation; delivering it is not part of this release.',
        body: SubmitCreation,
        replies: {
          202: { description: 'Committed', body: Creation, headers: z.object({ Location: z.string() }) },
        },
        problems: ['unknown_strategy'],
      },
      creations.submit,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations',
        operationId: 'listCreations',
        tag: tags.creations,
        summary: 'List role creations, newest first',
        query: CreationListQuery,
        replies: { 200: { description: 'A page', body: CreationPage } },
      },
      creations.list,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}',
        operationId: 'readCreation',
        tag: tags.creations,
        summary: 'See how a role creation stands',
        params: byCreation,
        replies: { 200: { description: 'As it stands', body: Creation } },
        problems: ['not_found'],
      },
      creations.read,
    ),
    route(
      {
        method: 'post',
        path: '/v1/role-creations/{creationId}/cancel',
        operationId: 'cancelCreation',
        tag: tags.creations,
        summary: 'Cancel a role creation that waits',
        description: 'Cancelling twice is harmless. One that runs or has ended answers 409.',
        params: byCreation,
        replies: { 200: { description: 'Cancelled', body: Creation } },
        problems: ['not_found', 'conflict'],
      },
      creations.cancel,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}/events',
        operationId: 'followCreation',
        tag: tags.creations,
        summary: 'Follow a role creation',
        description:
          'Server-sent events, resumed by `Last-Event-ID`, until the creation ends. With `?after=` or `Accept: application/json`, the events so far as a page of JSON.',
        params: byCreation,
        query: EventListQuery,
        replies: {
          200: {
            description: 'A stream, each `data` one event; or a page of them',
            body: CreationEventPage,
            stream: CreationEvent,
          },
          204: { description: 'The creation has ended and the caller has seen the end' },
        },
        problems: ['not_found'],
      },
      events,
    ),
  ];
}

function roleRoutes({ database, sources }: RouteNeeds): Route[] {
  const roles = roleHandlers({ database, sources });
  const one = { tag: tags.roles, problems: ['not_found' as const] };
  return [
    route(
      {
        method: 'get',
        path: '/v1/roles',
        operationId: 'listRoles',
        tag: tags.roles,
        summary: 'List roles',
        query: RoleListQuery,
        replies: { 200: { description: 'A page', body: RolePage } },
      },
      roles.list,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}',
        operationId: 'readRole',
        summary: 'Read the latest version of a role',
        params: byRole,
        replies: { 200: { description: 'The role', body: Role } },
      },
      roles.read,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/versions',
        operationId: 'listRoleVersions',
        summary: 'List the versions of a role, newest first',
        params: byRole,
        query: PageQuery,
        replies: { 200: { description: 'A page', body: RoleVersionPage } },
      },
      roles.listVersions,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/versions/{version}',
        operationId: 'readRoleVersion',
        summary: 'Read one version of a role',
        params: byVersion,
        replies: { 200: { description: 'The role as it was then', body: Role } },
      },
      roles.readVersion,
    ),
  ];
}

const SOURCE_NAMES = {
  baseInfo: 'base info',
  talkStyle: 'talk style',
  knowledge: 'knowledge',
  products: 'products',
} as const;

function sourceRoutes(sources: SourceStore): Route[] {
  return SOURCE_KINDS.flatMap(kind => routesOfSource(sources, kind));
}

function routesOfSource(sources: SourceStore, kind: SourceKind): Route[] {
  const handlers = sourceHandlers(sources, kind);
  const name = SOURCE_NAMES[kind];
  const suffix = kind.charAt(0).toUpperCase() + kind.slice(1);
  const document = SOURCE_SCHEMAS[kind];
  const common = {
    path: `/v1/tasks/{taskId}/${SOURCE_PATHS[kind]}`,
    tag: tags.sources,
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
        summary: `Store a task's ${name}`,
        description: 'Takes the place of what was there. Items without an id are given one.',
        body: document,
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
        summary: `Delete a task's ${name}`,
        replies: { 204: { description: 'Gone' } },
        problems: ['not_found'],
      },
      handlers.remove,
    ),
  ];
}

function strategyRoutes(store: StrategyStore): Route[] {
  const strategies = strategyHandlers(store);
  const one = { tag: tags.strategies, params: byStrategy, badParams: 'invalid_request' as const };
  return [
    route(
      {
        method: 'get',
        path: '/v1/strategies',
        operationId: 'listStrategies',
        tag: tags.strategies,
        summary: 'List strategies: the tenant’s own and those that come with RoleForge',
        replies: {
          200: { description: 'All of them', body: z.object({ items: z.array(Strategy), nextCursor: z.null() }) },
        },
      },
      strategies.list,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/strategies/{strategyId}',
        operationId: 'readStrategy',
        summary: 'Read the latest version of a strategy',
        replies: { 200: { description: 'The strategy', body: Strategy } },
        problems: ['not_found'],
      },
      strategies.read,
    ),
    route(
      {
        ...one,
        method: 'put',
        path: '/v1/strategies/{strategyId}',
        operationId: 'putStrategy',
        summary: 'Store a new version of a strategy',
        description: 'A strategy of the tenant’s goes before one of the same name that comes with RoleForge.',
        body: StrategyDocument,
        replies: {
          200: { description: 'A further version', body: Strategy },
          201: { description: 'The first version', body: Strategy },
        },
      },
      strategies.put,
    ),
  ];
}
