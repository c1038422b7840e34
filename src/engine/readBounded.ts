import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'

/** So that a pipe without a writer is no wait. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Throws for what is no ordinary file of at most so many bytes. A device or a pipe, which may never end or never begin, is none. */
function refuseOther(found: Stats, most: number): void {
  if (!found.isFile()) throw Object.assign(new Error('not an ordinary file'), { code: found.isDirectory() ? 'EISDIR' : 'EINVAL' })
  if (found.size > most) throw Object.assign(new Error('too large'), { code: 'EFBIG' })
}

/** Reads an ordinary file of at most so many bytes. */
export async function readBounded(file: string, most: number): Promise<string> {
  await using opened = await open(file, flags)
  const found = await opened.stat()
  refuseOther(found, most)
  const buffer = Buffer.alloc(found.size)
  const { bytesRead } = await opened.read(buffer, 0, buffer.length, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

/** The same at once, for what has to be known before anything else can begin. */
export function readBoundedNow(file: string, most: number): string {
  const opened = openSync(file, flags)
  try {
    const found = fstatSync(opened)
    refuseOther(found, most)
    const buffer = Buffer.alloc(found.size)
    return buffer.toString('utf8', 0, readSync(opened, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(opened)
  }
}

/** The system's code of an error, such as `EACCES`, which operators can look up; otherwise the error as text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

/** A body as it comes, to its end; null: it is longer than `most` bytes, and the rest is not read. */
export async function bodyWithin(body: AsyncIterable<Uint8Array> | null, most: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop closes the connection.
    if (bytes > most) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
