// Hostile servers in a process of their own, so that their own work delays no honest one. Arguments: how many, and the
// seed. Sends their ports; on `honest` and `hostile` it changes its manners, on `count` it says how many bad answers it gave.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { recorded } from '../fakes/replayServer.ts'
import { attack, createRandom, honestAnswer, type Json } from './mutations.ts'

const [servers = 1, seed = 1] = process.argv.slice(2).map(Number)
/** Requests by what they ask for, and what an honest server answers. */
const files = ['paths', 'rtspsessions', 'rtspssessions', 'rtmpconns', 'rtmpsconns', 'srtconns', 'webrtcsessions', 'hlssessions', 'hlsmuxers'] as const
const answers = new Map<string, Json>()
for (const file of files) {
  const body = recorded('v1.20.1', '1-busy', file).body as Json
  answers.set(`/v3/${file}/list`, body)
}
for (const file of ['info', 'config-global', 'config-pathdefaults', 'config-paths'] as const) {
  const recording = recorded('v1.20.1', '0-empty', file)
  answers.set(recording.request.path.split('?', 1)[0] ?? '', recording.body as Json)
}

let isHostile = false
let bad = 0
const kinds = new Map<string, number>()
const ports = await Promise.all(
  Array.from({ length: servers }, (_, index) => {
    const random = createRandom(seed * 1_000 + index)
    const server = createServer((socket: Socket) => {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        const path = /^GET (\S+?)(?:\?\S*)? HTTP/.exec(bytes.toString('latin1', 0, 300))?.[1] ?? ''
        const honest = answers.get(path) ?? { itemCount: 0, pageCount: 0, items: [] }
        if (!isHostile) return honestAnswer(honest, socket)
        bad++
        // A round ends where its paths are broken; of the lists behind it more can be.
        const kind = attack(random, honest, socket, path === '/v3/paths/list' ? 0.15 : 0.5, index % 10 === 0 ? 0.02 : 0)
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      })
    })
    return new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
  }),
)
process.on('message', (message) => {
  if (message === 'hostile') isHostile = true
  if (message === 'honest') isHostile = false
  process.send?.({ bad, kinds: Object.fromEntries(kinds) })
})
process.on('disconnect', () => process.exit(0))
process.send?.(ports)
