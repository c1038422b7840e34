import { type DemoPath, minorOf, pathBytes } from './demoPaths.ts'
import { createDemoRandom } from './demoRandom.ts'
import { minor, type ServerState } from './demoServerState.ts'

/** A destination that fails is tried again this often; while it is tried it says that it forwards, and what was wrong before is forgotten. */
const retryMs = 5_000
const tryMs = 150

/** Nothing listens at port 9. */
const isDead = (dest: string) => /:9(?:\/|$)/.test(dest)

interface DemoForward {
  readonly id: string
  readonly pos: number
  readonly dest: string
  readonly protocol: string
  readonly state: 'idle' | 'forwarding' | 'error'
  readonly lastError: string
  readonly outboundBytes: number
}

function forwardsOf(server: ServerState, path: DemoPath): readonly DemoForward[] {
  const t = server.model.settle()
  return (path.options.forward ?? []).map((dest, index) => {
    const id = createDemoRandom(`${server.seed}/${server.model.startedText()}/${path.name}/${dest}`).uuid()
    const error =
      path.forwardErrors.get(dest) ?? (isDead(dest) ? { said: 'dial tcp 127.0.0.1:9: connect: connection refused', bytes: 0, untried: false } : null)
    const isTrying = error !== null && error.untried !== true && (t + index * 700) % (tryMs + retryMs) < tryMs
    const [inbound] = pathBytes(path, t, minorOf(server.model.version()))
    return {
      id,
      pos: index + 1,
      dest,
      protocol: dest.slice(0, dest.indexOf(':')),
      state: path.since === null ? 'idle' : error === null || isTrying ? 'forwarding' : 'error',
      lastError: error === null || isTrying ? '' : error.said,
      outboundBytes: Math.floor(error === null ? inbound : error.bytes),
    }
  })
}

/** Entries of a path's list. */
export function forwardEntries(server: ServerState, path: DemoPath): readonly object[] {
  return forwardsOf(server, path).map(({ dest, protocol, ...forward }) => ({
    ...forward,
    created: server.model.startedText(),
    conf: { dest, destFingerprint: '', whipBearerToken: '' },
    protocol,
    ...(minor(server) >= 21 && { type: protocol }),
  }))
}

/** Lines of the metrics. */
export function forwardLines(server: ServerState): readonly string[] {
  const lines = server.model.listed().flatMap((path) =>
    forwardsOf(server, path).flatMap(({ id, protocol, state, outboundBytes }) => {
      const tags = `{id="${id}",path="${path.name}",protocol="${protocol}",state="${state}"}`
      return [`forward_dests${tags} 1`, `forward_dests_outbound_bytes${tags} ${outboundBytes}`]
    }),
  )
  return ['# Forward destinations', ...(lines.length > 0 ? lines : ['forward_dests 0', 'forward_dests_outbound_bytes 0'])]
}
