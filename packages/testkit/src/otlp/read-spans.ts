import { protobufFields } from './protobuf-fields.ts';

/** A span as it came to a collector. Ids are hexadecimal; `parentId` is empty for the first of a trace. */
export type CollectedSpan = {
  traceId: string;
  id: string;
  parentId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  /** In nanoseconds since 1970. */
  startedAt: bigint;
  endedAt: bigint;
  attributes: Record<string, unknown>;
  /** Ids of the spans that it is linked to. */
  links: string[];
  failed: boolean;
  /** The `service.name` of the process that it comes from. */
  service: string;
};

/** The bodies of messages within a message that have this field number. */
function parts(message: Buffer, number: number): Buffer[] {
  return [...protobufFields(message)].flatMap(field =>
    field.number === number && field.value instanceof Buffer ? [field.value] : [],
  );
}

/** The spans of an ExportTraceServiceRequest, by opentelemetry/proto/trace/v1/trace.proto. */
export function readSpans(request: Buffer): CollectedSpan[] {
  return parts(request, 1).flatMap(resourceSpans => {
    const resource = parts(resourceSpans, 1).flatMap(one => attributesOf(parts(one, 1)));
    const service = String(Object.assign({}, ...resource)['service.name']);
    return parts(resourceSpans, 2)
      .flatMap(scopeSpans => parts(scopeSpans, 2))
      .map(span => ({ ...readSpan(span), service }));
  });
}

function readSpan(span: Buffer): Omit<CollectedSpan, 'service'> {
  const first = (number: number) => parts(span, number)[0] ?? Buffer.alloc(0);
  const numbers = new Map([...protobufFields(span)].map(({ number, value }) => [number, value]));
  const status = new Map([...protobufFields(first(15))].map(({ number, value }) => [number, value]));
  return {
    traceId: first(1).toString('hex'),
    id: first(2).toString('hex'),
    parentId: first(4).toString('hex'),
    name: first(5).toString(),
    kind: Number(numbers.get(6) ?? 0),
    startedAt: first(7).readBigUInt64LE(),
    endedAt: first(8).readBigUInt64LE(),
    attributes: attributesOf(parts(span, 9)),
    links: parts(span, 13).flatMap(link => parts(link, 2).map(id => id.toString('hex'))),
    failed: status.get(3) === 2n,
  };
}

function attributesOf(pairs: readonly Buffer[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map(pair => [String(parts(pair, 1)[0] ?? ''), contentOf(parts(pair, 2)[0] ?? Buffer.alloc(0))]),
  );
}

/** Of the kinds of values those that we write: texts, truths, whole numbers and others. */
function contentOf(value: Buffer): unknown {
  const [field] = protobufFields(value);
  if (field === undefined) return null;
  const { number, value: given } = field;
  if (given instanceof Buffer) return number === 4 ? given.readDoubleLE() : String(given);
  return number === 2 ? given === 1n : Number(given);
}
