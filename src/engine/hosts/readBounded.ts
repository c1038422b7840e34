import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Reads an ordinary file of at most so many bytes. A device or a pipe, which may never end or never begin, is none. */
export async function readBounded(file: string, most: number): Promise<string> {
  await using opened = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  const found = await opened.stat()
  if (!found.isFile()) throw Object.assign(new Error('not an ordinary file'), { code: found.isDirectory() ? 'EISDIR' : 'EINVAL' })
  if (found.size > most) throw Object.assign(new Error('too large'), { code: 'EFBIG' })
  const buffer = Buffer.alloc(found.size)
  const { bytesRead } = await opened.read(buffer, 0, buffer.length, 0)
  return buffer.toString('utf8', 0, bytesRead)
}
