/** One field of a protobuf message: its number, and a number or bytes by its wire type. */
export type WireField = { number: number; value: bigint } | { number: number; bytes: Buffer };

/** The bytes are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

/** Splits a message into its fields, in their order. @throws WireError */
export function readFields(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = Number(readVarint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case VARINT:
        fields.push({ number, value: readVarint() });
        break;
      case BYTES:
        fields.push({ number, bytes: take(Number(readVarint())) });
        break;
      case FIXED_64:
        fields.push({ number, bytes: take(8) });
        break;
      case FIXED_32:
        fields.push({ number, bytes: take(4) });
        break;
      default:
        throw new WireError(`unknown wire type ${tag & 7}`);
    }
  }
  return fields;

  function take(length: number): Buffer {
    if (at + length > message.length) throw new WireError('message ends within a field');
    at += length;
    return message.subarray(at - length, at);
  }

  function readVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new WireError('number without an end');
  }
}

/** Writes one length-delimited field: a text, or a message made of written fields. */
export function writeField(number: number, content: string | readonly Buffer[]): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.concat(content);
  return Buffer.concat([writeVarint((number << 3) | BYTES), writeVarint(bytes.length), bytes]);
}

function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
