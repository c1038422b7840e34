import { spawn } from 'node:child_process'
import { once } from 'node:events'

const stepMs = 40
/** What may wait for a reader, bytes. */
const mostWaiting = 65_536

export interface SrtSender {
  /** Resolves when its connection is over, or could not be made. */
  readonly ended: Promise<unknown>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * Sends bytes by SRT as they are, in real time and for one connection: `rounds` gives the next `roundMs` of them. Made with this machine's own ffmpeg,
 * which does not look into them. `address` with `mode=listener` waits for a caller.
 */
export function sendBySrt(address: string, roundMs: number, rounds: (round: number) => Buffer): SrtSender {
  const raw = ['-probesize', '32', '-analyzeduration', '0', '-f', 'data', '-i', 'pipe:0', '-map', '0', '-c', 'copy', '-flush_packets', '1', '-f', 'data']
  const child = spawn('ffmpeg', ['-loglevel', 'quiet', ...raw, address], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(child, 'exit')
  child.stdin.on('error', () => {})
  let round = 0
  let bytes: Buffer = Buffer.alloc(0)
  let step = 0
  const timer = setInterval(() => {
    // Until somebody reads nothing goes on: no byte is left out.
    if (child.stdin.destroyed || child.stdin.writableLength > mostWaiting) return
    if (bytes.length === 0) {
      bytes = rounds(round++)
      step = Math.ceil((bytes.length * stepMs) / roundMs)
    }
    child.stdin.write(bytes.subarray(0, step))
    bytes = bytes.subarray(step)
  }, stepMs)
  void ended.then(() => clearInterval(timer))
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
