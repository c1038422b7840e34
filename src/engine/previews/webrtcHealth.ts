import type { Clock } from '../../clock/clock.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import { serverOf } from '../../shared/askedServer.ts'
import type { ServerWebrtc, WebrtcHealth } from '../../shared/webrtc.ts'
import type { WebrtcAccess } from './webrtcAsk.ts'
import type { WebrtcEndpoint } from './webrtcEndpoint.ts'
import type { NamedServer } from './webrtcRelay.ts'

interface WebrtcHealthDeps {
  readonly clock: Clock
  readonly endpoint: Pick<WebrtcEndpoint, 'knock'>
  readonly servers: () => readonly NamedServer[]
  readonly accessOf: (serverId: string) => WebrtcAccess | null
  readonly signal: AbortSignal
}

/** Whether WebRTC of the server (its id or name), or of each, answers; null: there is no such server. */
export type ReadWebrtcHealth = (server: string | undefined) => Promise<WebrtcHealth | null>

/** However often it is asked for, each server hears of it once in this time. */
const freshMs = 5_000
const mostAtOnce = 16
/** OPTIONS of a path asks for a name, which need not exist. */
const anyPath = 'mtxdeck'

export function createWebrtcHealth({ clock, endpoint, servers, accessOf, signal }: WebrtcHealthDeps): ReadWebrtcHealth {
  const known = new Map<string, { readonly askedAt: number; readonly key: string; readonly found: Promise<ServerWebrtc> }>()
  const semaphore = createSemaphore(mostAtOnce)

  const check = async ({ id, name }: NamedServer, access: WebrtcAccess | null): Promise<ServerWebrtc> => {
    const of = { serverId: id, server: name, address: typeof access?.webrtc === 'string' ? access.webrtc : null }
    if (access === null || access.webrtc === null) return { ...of, state: 'off', answerMs: null, why: { kind: 'webrtcOff' } }
    if (!(await semaphore.acquire(signal))) return { ...of, state: 'failing', answerMs: null, why: { kind: 'cancelled' } }
    try {
      const knocked = await endpoint.knock({ access, path: anyPath, use: 'whep' }, signal)
      if (knocked.ok) return { ...of, state: 'answers', answerMs: Math.round(knocked.value.tookMs * 10) / 10, why: null }
      return { ...of, state: 'failing', answerMs: null, why: knocked.error.why }
    } finally {
      semaphore.release()
    }
  }
  const checkOnce = (server: NamedServer): Promise<ServerWebrtc> => {
    const access = accessOf(server.id)
    const key = JSON.stringify([server.name, access?.webrtc, access?.fingerprint])
    const last = known.get(server.id)
    if (last !== undefined && last.key === key && clock.monotonic() - last.askedAt < freshMs) return last.found
    const found = check(server, access)
    known.set(server.id, { askedAt: clock.monotonic(), key, found })
    return found
  }

  return async (asked) => {
    const all = servers()
    const ids = new Set(all.map(({ id }) => id))
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    const meant = asked === undefined ? all : [serverOf(asked, all)].filter((server) => server !== undefined)
    if (asked !== undefined && meant.length === 0) return null
    return { at: clock.now(), servers: await Promise.all(meant.map(checkOnce)) }
  }
}
