/**
 * A draw from the standard normal distribution that depends on nothing but its key: the same key gives the same draw, in whatever order
 * and on whatever machine it is asked for. Box and Muller (1958): √(−2 ln u₁)·cos(2π u₂), with u₁ and u₂ hashed from the key.
 */
export function standardNormal(...key: readonly (string | number)[]): number {
  const text = key.join('\0');
  return Math.sqrt(-2 * Math.log(uniform(text, 0x811c9dc5))) * Math.cos(2 * Math.PI * uniform(text, 0x9747b28c));
}

/** Between 0 and 1, both excluded. FNV-1a over the UTF-16 units, then the finaliser of MurmurHash3, which spreads single bits. */
function uniform(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33;
}
