import { BadBytesError } from './varint.ts'

/** Parses the JSON of a row of history.db or an archive. Throws `BadBytesError` if it is damaged; `what` names it, in the plural. */
export function storedJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new BadBytesError(`${what} are no JSON`)
  }
}
