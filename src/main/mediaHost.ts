// Entry of the media process in Electron: a utilityProcess, because it reads untrusted streams with native code and may
// crash. FFmpeg's binary needs Node-API 8 only, so this runs in every Electron that we know, even where the engine can't.
// Electron starts no such process in a sandbox, so each program that this one runs gets its own. Where an install has a Node
// of its own, this process is not used: there the engine starts media processes in a sandbox (docs/adr/0022).
import type { MessagePortMain } from 'electron'
import { createSystemClock } from '../clock/clock.ts'
import { limitMemory, lowerPriority } from '../media/processLimits.ts'
import { sandboxPrograms } from '../media/runProgram.ts'
import { serveMedia } from '../media/serveMedia.ts'
import { exitAtOnce } from '../processes/forkNode.ts'
import { mediaSandboxVariable, wantedSandboxes } from '../shared/media.ts'
import type { FromMediaHost, ToMediaHost } from './engineMessages.ts'
import { leaveCtrlCToMain } from './node24.ts'

const { parentPort } = process
const send = (message: FromMediaHost) => parentPort.postMessage(message)

leaveCtrlCToMain()
lowerPriority()
limitMemory(createSystemClock(), process.memoryUsage.rss, () => process.exit(70))
async function serve() {
  const wanted = wantedSandboxes.find((kind) => kind === process.env[mediaSandboxVariable]) ?? null
  const programs = await sandboxPrograms(wanted)
  return await serveMedia({ own: programs === 'bwrap' ? 'refused' : programs, programs })
}
const server = serve()
parentPort.on('message', ({ data, ports }: { data: ToMediaHost; ports: MessagePortMain[] }) => {
  // Blocked native reads would otherwise keep the process alive.
  if (data.kind === 'stop') exitAtOnce()
  const [port] = ports
  if (port === undefined) return
  void server.then(({ open }) => {
    const line = open((message) => port.postMessage(message))
    port.on('message', ({ data: asked }) => line.receive(asked))
    port.on('close', line.close)
    port.start()
  })
})
void server.then(() => send({ kind: 'ready' }))
