import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { getMimeType } from 'hono/utils/mime'

/**
 * Serves the files under `dir`. Any other path that doesn't look like a file of ours (`/streams/a/cam.mp4`) is a page of the
 * console: its index.html. Null where there is nothing to serve. Not by hono's serveStatic, which follows links out of the
 * folder and blocks on the disk.
 */
export function createStaticFiles(dir: string) {
  const find = async (path: string): Promise<{ file: string; size: number } | null> => {
    try {
      const root = await realpath(dir)
      const file = await realpath(join(root, path))
      // Links and dots may lead out of the folder.
      if (file !== root && !file.startsWith(root + sep)) return null
      const found = await stat(file)
      return found.isFile() ? { file, size: found.size } : null
    } catch {
      return null
    }
  }
  return async (pathname: string, head: boolean): Promise<Response | null> => {
    let path: string
    try {
      path = decodeURIComponent(pathname)
    } catch {
      return null
    }
    if (path.includes('\0')) return null
    const wanted = path === '/' ? null : await find(path)
    // A missing script or picture must not turn into a page.
    const isFileName = path.startsWith('/assets/') || (path.lastIndexOf('/') === 0 && getMimeType(path) !== undefined)
    const found = wanted ?? (isFileName && path !== '/index.html' ? null : await find('/index.html'))
    if (!found) return null
    const type = getMimeType(found.file) ?? 'application/octet-stream'
    // Names under assets/ contain the hash of the file's content.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const headers = { 'Content-Type': type, 'Content-Length': String(found.size), 'Cache-Control': cache }
    if (head) return new Response(null, { headers })
    return new Response(Readable.toWeb(createReadStream(found.file)) as ReadableStream, { headers })
  }
}
