import type { Config } from '@roleforge/config';
import { noteAlone } from '@roleforge/db';
import type { Opened } from '@roleforge/lifecycle';
import { type AllQueues, createSessionStore } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import type { Router } from 'express';
import type { Connections } from '../connections.ts';
import { type BoardDeedNeeds, createBoardDeeds } from './board-deeds.ts';
import { createLoginAttempts } from './login-attempts.ts';
import { createLookAtQueues } from './look-at-queues.ts';
import { createOperatorGate, type OperatorGate } from './operator-gate.ts';
import { loginPages } from './operator-login.ts';
import { BOARD_PATH, queueBoard } from './queue-board.ts';
import { createSessions } from './sessions.ts';

type Needs = {
  config: Pick<Config, 'queuePrefix' | 'adminApiKey' | 'viewerApiKey'>;
  connections: Pick<Connections, 'redis'>;
  /** What the deeds on the board need besides. */
  needs: Omit<BoardDeedNeeds, 'readJob'>;
  queues: Pick<AllQueues, 'queues' | 'readData' | 'ping'>;
  log: Logger;
};

/** The board, and the ways to it. */
export type OpenBoard = {
  gate: OperatorGate;
  login: Router;
  board: { path: string; router: Router };
};

/** Opens the board over our queues to those who have an operator's key, or a session that they got for one. */
export function openBoard({ config, connections: { redis }, needs, queues, log }: Needs, opened: Opened): OpenBoard {
  const { queuePrefix, adminApiKey, viewerApiKey } = config;
  const { database, clock } = needs;
  const logins = createLoginAttempts({ note: (doer, deed) => noteAlone(database, doer, deed, clock()), log });
  opened.add(() => logins.stop());
  const keys = { operator: adminApiKey, viewer: viewerApiKey };
  const sessions = createSessions({ store: createSessionStore(redis, queuePrefix), keys, now: Date.now });
  const look = createLookAtQueues(queues);
  const readJob = (queue: string, id: string) => look(() => queues.readData(queue, id));
  const deeds = createBoardDeeds({ ...needs, readJob });
  return {
    gate: createOperatorGate({ keys, sessions, log }),
    login: loginPages({ keys, sessions, logins, home: BOARD_PATH, log }),
    board: { path: BOARD_PATH, router: queueBoard({ queues, look, deeds }) },
  };
}
