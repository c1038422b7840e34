import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'

/** Deeper than anything we store; what is much deeper ends in a `RangeError` wherever it is walked through. */
const deepest = 100
const isTooDeep = (value: unknown, depth = 0): boolean =>
  depth > deepest || (typeof value === 'object' && value !== null && Object.values(value).some((inner) => isTooDeep(inner, depth + 1)))

/** Parses stored JSON; null: it is not JSON, as after a flipped bit, or nested too deeply. */
export function storedJson(text: unknown): unknown {
  try {
    const value: unknown = JSON.parse(text as string)
    return isTooDeep(value) ? null : value
  } catch {
    return null
  }
}

const zip = promisify(gzip)
/** All that is stored this way takes less: what does not fit is damaged. */
const mostBytes = 32_000_000

/** A value as compressed JSON. */
export async function packedJson(value: unknown): Promise<Uint8Array> {
  return zip(JSON.stringify(value))
}

/** Reads it back; null: it can't be read, as after a flipped bit. */
export function unpackedJson(packed: Uint8Array): unknown {
  try {
    return storedJson(gunzipSync(packed, { maxOutputLength: mostBytes }).toString())
  } catch {
    return null
  }
}
