// Entry of the media process as a child of Node; src/main/mediaHost.ts is the one for Electron. It reads streams of
// strangers with native code and may crash for it; whoever started it starts it again. UV_THREADPOOL_SIZE is set by that
// one: each blocked read holds a thread of libuv's pool, and the pool's size is fixed when the process starts.
// Run by itself it only loads all that a media process may need, for Node's compile cache, which one in a sandbox can't write.
import { createSystemClock } from '../clock/clock.ts'
import { exitAtOnce } from '../processes/forkNode.ts'
import { type FromMedia, mediaSandboxes, mediaSandboxVariable } from '../shared/media.ts'
import { limitMemory, lowerPriority } from './processLimits.ts'
import { loadAll, serveMedia } from './serveMedia.ts'

function send(message: FromMedia) {
  if (process.connected) process.send?.(message)
}

lowerPriority()
if (process.send === undefined) {
  await loadAll()
  process.exit(0)
}
// Child processes end with this one, even if a terminal signals all of them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, exitAtOnce)
process.on('disconnect', exitAtOnce)
limitMemory(createSystemClock(), process.memoryUsage.rss, () => process.exit(70))
/** As whoever started this process says; the programs that it runs are in the same one. */
const sandbox = mediaSandboxes.find((kind) => kind === process.env[mediaSandboxVariable]) ?? 'refused'
const line = (await serveMedia({ own: sandbox, programs: sandbox })).open(send)
process.on('message', line.receive)
send({ kind: 'ready' })
