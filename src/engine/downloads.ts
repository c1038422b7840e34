import { randomBytes } from 'node:crypto'
import type { Clock, Timer } from '../clock/clock.ts'
import type { Language } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'

const lifeMs = 600_000

/** A file that is ready; `name` is of characters that every file system accepts. */
interface Download {
  readonly name: string
  readonly bytes: number
  readonly body: () => ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>
  /** Lets go of what it takes. */
  readonly drop?: () => Promise<void>
}

/** Files that are ready for download at `/relay/<of>/<ticket>/<name>` for ten minutes. Of more than `mostKept` the oldest gives way. */
export function createDownloads(
  clock: Clock,
  of: 'bundles' | 'dossiers',
  { type, disposition, mostKept = Number.POSITIVE_INFINITY }: { readonly type: string; readonly disposition: string; readonly mostKept?: number },
) {
  const kept = new Map<string, Download & { readonly timer: Timer }>()
  const address = new RegExp(`^/relay/${of}/([0-9a-f]{32})/([^/]+)$`)
  const remove = async (ticket: string): Promise<void> => {
    const one = kept.get(ticket)
    if (one === undefined) return
    kept.delete(ticket)
    clock.clearTimeout(one.timer)
    await one.drop?.()
  }
  return {
    /** `link`: where to fetch it, below the console's own address. */
    publish: (file: Download) => {
      const ticket = randomBytes(16).toString('hex')
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - mostKept + 1))) void remove(oldest)
      kept.set(ticket, { ...file, timer: clock.setTimeout(() => void remove(ticket), lifeMs) })
      return { name: file.name, bytes: file.bytes, link: `/relay/${of}/${ticket}/${file.name}` }
    },
    /** null: the URL is none of a download. The caller has already authorized the request. */
    fetch: (request: Request, language: Language = 'en'): Promise<Response> | null => {
      const [, ticket = '', name] = address.exec(new URL(request.url).pathname) ?? []
      if (name === undefined) return null
      const one = kept.get(ticket)
      if (one === undefined || name !== one.name) return Promise.resolve(new Response(refusalText({ kind: 'gone' }, language), { status: 404 }))
      const headers = {
        'content-type': type,
        'content-length': String(one.bytes),
        'content-disposition': `${disposition}; filename="${one.name}"`,
        'cache-control': 'no-store',
      }
      return Promise.resolve(new Response(request.method === 'HEAD' ? null : one.body(), { headers }))
    },
    clear: async (): Promise<void> => void (await Promise.all([...kept.keys()].map(remove))),
  }
}

/** File name from the time that it is about, UTC, of characters that every file system accepts. */
export function downloadName(at: number, extension: string): string {
  return `mtxdeck-${new Date(at).toISOString().slice(0, 16).replace('T', '-').replace(':', '')}.${extension}`
}
