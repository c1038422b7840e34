import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'
import { storedJson } from './storedJson.ts'

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
