import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { MiddlewareHandler } from 'hono'
import { getMimeType } from 'hono/utils/mime'

/**
 * Serves the files under `dir`. Any other path that doesn't look like a file of ours (`/streams/a/cam.mp4`) is a page of the
 * console: its index.html.
 */
export function createStaticFiles(dir: string): MiddlewareHandler {
  const files = serveStatic({ rewriteRequestPath: (path) => join(dir, path) })
  const page = serveStatic({ path: join(dir, 'index.html') })
  /** serveStatic follows links, which may lead out of its folder. */
  const isInside = async (path: string): Promise<boolean> => {
    try {
      const root = await realpath(dir)
      return (await realpath(join(root, decodeURIComponent(path)))).startsWith(root + sep)
    } catch {
      return false
    }
  }
  return async (c, next) => {
    const { path } = c.req
    const isAsset = path.startsWith('/assets/')
    // A missing script or picture must not turn into a page.
    const isFileName = isAsset || (path !== '/index.html' && path.lastIndexOf('/') === 0 && getMimeType(path) !== undefined)
    const none = async () => {}
    // Names under assets/ contain the hash of the file's content.
    c.header('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    const found = ((await isInside(path)) && (await files(c, none))) || (!isFileName && (await isInside('/index.html')) && (await page(c, none)))
    if (found) return found
    c.header('Cache-Control', undefined)
    return next()
  }
}
