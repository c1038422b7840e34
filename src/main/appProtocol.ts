import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { protocol, session } from 'electron'
import { launchSecretHeader } from './engineMessages.ts'
import type { RelayAddress } from './engineProcess.ts'

const appScheme = 'app'
/** Origin of the window's page. A real origin, so that storage, modules and `'self'` work as on the web. */
export const appOrigin = `${appScheme}://mtxdeck`

/**
 * No external resources, no eval, no inline scripts. Styles may be inline because libraries of the window add style
 * elements to the page; blob: is for hls.js, which plays and starts its worker from blobs.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.mp3': 'audio/mpeg',
  '.wasm': 'application/wasm',
}

export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }])
}

/** The file in `root` that a path names; null: none. The page's own addresses are after the #. */
function fileOfPath(root: string, pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (decoded === '/') return join(root, 'index.html')
  const file = normalize(join(root, decoded))
  return !decoded.includes('\0') && file.startsWith(root + sep) && extname(file) in contentTypes ? file : null
}

const answer = (status: number, text: string) => new Response(text, { status, headers: { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' } })

/** Serves the window's page from `root`, and forwards `/relay/…` to the engine. */
export function serveApp(root: string, relay: () => RelayAddress): void {
  // A separate session: without the page's cookies, without a cache for live playlists, and without a proxy to our own relay.
  const relaySession = session.fromPartition('mtxdeck-relay', { cache: false })
  void relaySession.setProxy({ mode: 'direct' })

  const serveFile = async (pathname: string) => {
    const file = fileOfPath(root, pathname)
    if (file === null) return answer(404, 'There is no such file.')
    try {
      // Names of assets contain the hash of their content.
      const caching = pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
      const type = contentTypes[extname(file)] ?? 'application/octet-stream'
      return new Response(await readFile(file), { headers: { ...securityHeaders, 'content-type': type, 'cache-control': caching } })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return answer(404, 'There is no such file.')
    }
  }

  const forward = async (request: Request, url: URL) => {
    const address = relay()
    if (address === null) return answer(503, 'The engine is not running at the moment.')
    const headers = new Headers({ [launchSecretHeader]: address.secret })
    for (const name of ['accept', 'range']) {
      const value = request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    try {
      const fetched = await relaySession.fetch(`http://127.0.0.1:${address.port}${url.pathname}${url.search}`, {
        method: request.method,
        headers,
        signal: request.signal,
        redirect: 'error',
      })
      const passed = new Headers(securityHeaders)
      for (const name of ['content-type', 'content-length', 'content-range', 'cache-control']) {
        const value = fetched.headers.get(name)
        // net.fetch has decoded the body, so the header's length no longer applies.
        if (value !== null && !(name === 'content-length' && fetched.headers.has('content-encoding'))) passed.set(name, value)
      }
      return new Response(fetched.body, { status: fetched.status, headers: passed })
    } catch {
      return answer(502, 'The engine did not answer.')
    }
  }

  protocol.handle(appScheme, async (request) => {
    const url = new URL(request.url)
    // `url.origin` is not used: Node gives "null" for schemes that are not of the web.
    if (`${url.protocol}//${url.host}` !== appOrigin) return answer(404, 'There is no such place.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'This is read-only.')
    return url.pathname.startsWith('/relay/') ? forward(request, url) : serveFile(url.pathname)
  })
}

export function isAppUrl(url: string): boolean {
  return url === appOrigin || url.startsWith(`${appOrigin}/`)
}
