import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createDemoRandom } from '../../src/demo/demoFlow.ts'

/** What happens to datagrams in one direction. Shares are 0 to 1. */
export interface Impairment {
  /** Share of datagrams that never arrive. */
  readonly loss: number
  /** Share that arrive twice, the second one `delayMs` later than the first. */
  readonly duplicate: number
  /** Share that are held back by another `heldMs`, so that later ones overtake them. */
  readonly reorder: number
  readonly delayMs: number
  readonly heldMs: number
}

const untouched: Impairment = { loss: 0, duplicate: 0, reorder: 0, delayMs: 0, heldMs: 20 }

export interface LossyRelay {
  /** UDP port on loopback that takes the place of the server's. */
  readonly port: number
  /** Changes one or both directions from now on; what is left out becomes untouched. `up` is towards the server. */
  readonly impair: (change: { readonly up?: Partial<Impairment>; readonly down?: Partial<Impairment> }) => void
  /** Data packets of SRT that the client sent, by sequence number, each counted once. Control packets are not counted. */
  readonly sentUpwards: () => number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Datagrams that wait for their delay, at most; more are dropped, as a full queue would. */
const mostWaiting = 10_000

/**
 * Sends in the order of due times also when this process was held up: timers of different lengths that are late fire in any
 * order, and would reorder what was not to be reordered.
 */
function createDelayLine() {
  const waiting: { readonly dueMs: number; readonly send: () => void }[] = []
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    timer = null
    while (waiting[0] !== undefined && waiting[0].dueMs <= performance.now()) waiting.shift()?.send()
    if (waiting[0] !== undefined) timer = setTimeout(flush, Math.max(1, waiting[0].dueMs - performance.now()))
  }
  return {
    sendAfter: (ms: number, send: () => void) => {
      if (waiting.length >= mostWaiting) return
      const dueMs = performance.now() + ms
      let place = waiting.length
      while (place > 0 && (waiting[place - 1]?.dueMs ?? 0) > dueMs) place--
      waiting.splice(place, 0, { dueMs, send })
      if (place === 0) {
        if (timer !== null) clearTimeout(timer)
        flush()
      }
    },
    close: () => {
      if (timer !== null) clearTimeout(timer)
      waiting.length = 0
    },
  }
}

/**
 * Passes the datagrams of one client on to `target` of loopback and back, and loses, delays, repeats and reorders them by a
 * seeded generator. One client at a time: a datagram from a new port takes the old client's place.
 */
export async function startLossyRelay(target: number, seed: string): Promise<LossyRelay> {
  const random = createDemoRandom(seed)
  const front = createSocket('udp4')
  const back = createSocket('udp4')
  let client: RemoteInfo | null = null
  let up = untouched
  let down = untouched
  const sequences = new Set<number>()
  const upwards = createDelayLine()
  const downwards = createDelayLine()

  const pass = (impairment: Impairment, line: ReturnType<typeof createDelayLine>, send: () => void) => {
    // Each datagram takes the same numbers, whatever the shares are: changing one share leaves the others' choices.
    const [lost, twice, held] = [random.next() < impairment.loss, random.next() < impairment.duplicate, random.next() < impairment.reorder]
    if (lost) return
    const ms = impairment.delayMs + (held ? impairment.heldMs : 0)
    line.sendAfter(ms, send)
    if (twice) line.sendAfter(ms + Math.max(1, impairment.delayMs), send)
  }
  front.on('message', (datagram, from) => {
    client = from
    // A data packet has 0 in its first bit, and then its sequence number.
    if (datagram.length >= 16 && (datagram.readUInt8(0) & 0x80) === 0) sequences.add(datagram.readUInt32BE(0))
    pass(up, upwards, () => back.send(datagram, target, '127.0.0.1'))
  })
  back.on('message', (datagram) => {
    const to = client
    if (to !== null) pass(down, downwards, () => front.send(datagram, to.port, '127.0.0.1'))
  })
  const bind = async (socket: Socket) => {
    // A port without a listener answers with an error, which counts as loss.
    socket.on('error', () => {})
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  await Promise.all([bind(front), bind(back)])
  return {
    port: front.address().port,
    impair: (change) => {
      up = { ...untouched, ...change.up }
      down = { ...untouched, ...change.down }
    },
    sentUpwards: () => sequences.size,
    [Symbol.asyncDispose]: async () => {
      upwards.close()
      downwards.close()
      await Promise.all([front, back].map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
    },
  }
}
