/**
 * The loopback addresses that pods get: 127.16.0.1 to 127.255.255.254, without last octets 0 and 255. The lower part of 127.0.0.0/8
 * is left to what else lives there (127.0.0.1, 127.0.0.53, 127.0.1.1).
 */
const FIRST_SECOND_OCTET = 16;
const SECOND_OCTETS = 240;
const LAST_OCTETS = 254;
const POOL_SIZE = SECOND_OCTETS * 256 * LAST_OCTETS;

/** Addresses to try for a pod, in order: the same for the same key, so that a pod tends to come back where it was. */
export function* candidateAddresses(key: string, attempts: number): Generator<string> {
  const start = fnv1a(key) % POOL_SIZE;
  for (let attempt = 0; attempt < attempts; attempt++) yield poolAddress((start + attempt) % POOL_SIZE);
}

export function isPoolAddress(address: string): boolean {
  const match = /^127\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (match === null) return false;
  const [second = 0, third = 256, fourth = 0] = match.slice(1).map(Number);
  return second >= FIRST_SECOND_OCTET && second <= 255 && third <= 255 && fourth >= 1 && fourth <= LAST_OCTETS;
}

function poolAddress(index: number): string {
  const last = (index % LAST_OCTETS) + 1;
  const third = Math.floor(index / LAST_OCTETS) % 256;
  const second = FIRST_SECOND_OCTET + Math.floor(index / (LAST_OCTETS * 256));
  return `127.${second}.${third}.${last}`;
}

/** 32-bit FNV-1a: spreads keys that differ in one character. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
