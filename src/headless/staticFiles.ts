import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { Readable } from 'node:stream'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

/**
 * Serves the files under `dir`. A path that is no file and no file's name (`/streams/a/b`) is a page of the
 * console: its index.html. Null where there is nothing to serve.
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
    const isFileName = path.startsWith('/assets/') || extname(path) in contentTypes
    const found = wanted ?? (isFileName && path !== '/index.html' ? null : await find('/index.html'))
    if (!found) return null
    const type = contentTypes[extname(found.file).toLowerCase()] ?? 'application/octet-stream'
    // The build names what is under assets/ by its content.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const headers = { 'Content-Type': type, 'Content-Length': String(found.size), 'Cache-Control': cache }
    if (head) return new Response(null, { headers })
    return new Response(Readable.toWeb(createReadStream(found.file)) as ReadableStream, { headers })
  }
}
