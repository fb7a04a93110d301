/** A field of a protobuf message: its number, and a number, or bytes that mean what the message's definition says. */
export type Field = { number: number; value: bigint | Buffer };

/**
 * The fields of a protobuf message, in their order. As much of the wire format as OTLP is written in, read by other code than
 * wrote it. @throws RangeError for what is cut off
 */
export function* protobufFields(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError('cut off');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = key >> 3;
    const wireType = key & 7;
    if (wireType === 0) yield { number, value: varint() };
    else if (wireType === 1) yield { number, value: bytes(8) };
    else if (wireType === 2) yield { number, value: bytes(Number(varint())) };
    else if (wireType === 5) yield { number, value: bytes(4) };
    else throw new RangeError(`no wire type ${wireType}`);
  }
}
