import { hash, timingSafeEqual } from 'node:crypto';
import type { Registry } from 'prom-client';
import { inTime } from './in-time.ts';

type Options = {
  registry: Pick<Registry, 'metrics' | 'contentType'>;
  /** Further blocks of Prometheus's text format, of metrics that the registry does not have. */
  more?: readonly (() => Promise<string>)[];
  /** Who shows one of these may read the page; empty: everybody may. */
  keys?: readonly string[];
  /** Hears why a block was left out. */
  onTrouble?: (error: unknown) => void;
  /** How long a block is waited for, in milliseconds. */
  patienceMs?: number;
};

/** What Prometheus reads of a process. */
export type MetricsPage = {
  readonly contentType: string;
  /** Whether this `Authorization` header lets its sender read the page. */
  admits(authorization: string | undefined): boolean;
  /** The page as it stands. A further block that fails or takes too long is left out. */
  read(): Promise<string>;
};

export const METRICS_PATH = '/metrics';

export function createMetricsPage(options: Options): MetricsPage {
  const { registry, more = [], keys = [], onTrouble = () => {}, patienceMs = 2_000 } = options;
  const block = async (read: () => Promise<string>) => {
    try {
      return await inTime(read, patienceMs);
    } catch (error) {
      onTrouble(error);
      return '';
    }
  };
  return {
    contentType: registry.contentType,
    admits(authorization) {
      const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      return keys.length === 0 || (given !== undefined && isOneOf(keys, given));
    },
    async read() {
      const blocks = await Promise.all([registry.metrics(), ...more.map(block)]);
      return blocks
        .map(text => text.trim())
        .filter(text => text !== '')
        .map(text => `${text}\n`)
        .join('\n');
    },
  };
}

/** Compares digests, with every key, so that nothing of a key shows in the time it takes. */
function isOneOf(keys: readonly string[], given: string): boolean {
  const digest = hash('sha256', given, 'buffer');
  return keys.map(key => timingSafeEqual(hash('sha256', key, 'buffer'), digest)).includes(true);
}
