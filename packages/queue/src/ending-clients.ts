import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/**
 * A connection that ends whenever it is told to. ioredis, told so between two tries to reconnect, stops trying but never
 * says 'end' and leaves its waiting commands unanswered; and BullMQ, closing a worker, waits for that 'end'.
 */
export class EndingRedis extends Redis {
  constructor(options: RedisOptions) {
    super({ ...options, replyMapping: 'legacy' });
  }

  override disconnect(reconnect = false): void {
    // Breaking off a try that has begun is what ioredis does properly.
    if (!reconnect && this.status === 'reconnecting') this.connect().catch(() => {});
    super.disconnect(reconnect);
  }

  /** BullMQ makes its blocking connections so. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    return new EndingRedis({ ...this.options, ...override });
  }
}

/** The same of a cluster: it also stays ended, where ioredis takes each node that says goodbye later for the last one. */
export class EndingCluster extends Cluster {
  readonly #startupNodes: ClusterNode[];

  constructor(startupNodes: ClusterNode[], options: ClusterOptions) {
    super(startupNodes, { ...options, redisOptions: { ...options.redisOptions, replyMapping: 'legacy' } });
    this.#startupNodes = startupNodes;
    let ended = false;
    this.on('end', () => {
      ended = true;
    });
    this.on('connecting', () => {
      ended = false;
    });
    this.on('close', () => {
      if (ended) this.status = 'end';
    });
  }

  /**
   * Resolves when the cluster is ready, rejects when this try has failed. ioredis leaves it unanswered where the nodes were found and were not
   * ready: it tries again, and answers that try alone; and BullMQ, whose wait for a job was too long, waits for the answer for ever.
   */
  override async connect(): Promise<void> {
    const outcome = Promise.withResolvers<void>();
    const failed = () => outcome.reject(new Error('The cluster is not ready.'));
    this.once('ready', outcome.resolve).once('reconnecting', failed).once('end', failed);
    try {
      await Promise.race([super.connect(), outcome.promise]);
    } finally {
      this.off('ready', outcome.resolve).off('reconnecting', failed).off('end', failed);
    }
  }

  override disconnect(reconnect = false): void {
    if (this.status === 'end') return;
    const deserted = this.nodes().length === 0;
    super.disconnect(reconnect);
    // With no node to hear from, ioredis would wait for one. BullMQ connects anew in the same breath: then there is nothing to end.
    if (!reconnect && deserted) setImmediate(() => this.#endDeserted());
  }

  #endDeserted(): void {
    if (this.status !== 'disconnecting') return;
    // What has not been begun ioredis ends properly.
    this.status = 'wait';
    super.disconnect();
  }

  /** BullMQ makes its blocking connections so. */
  override duplicate(startupNodes: ClusterNode[] = [], override: ClusterOptions = {}): Cluster {
    const nodes = startupNodes.length > 0 ? startupNodes : this.#startupNodes;
    return new EndingCluster(nodes, { ...this.options, ...override });
  }
}
