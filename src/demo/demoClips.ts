import { Worker } from 'node:worker_threads'
import { forkNode } from '../processes/forkNode.ts'
import { entryPoint } from '../shared/entryPoint.ts'

/** One rendition's initialisation and media segments (fMP4). */
export interface Rendition {
  readonly init: Buffer
  readonly segments: readonly Buffer[]
}

/** A short clip cut into segments that any number of playlists can repeat without end and without a seam. */
export interface Clip {
  readonly video: Rendition
  readonly audio: Rendition
  /** Length of every segment, ms. */
  readonly segmentMs: number
}

/** Clips by the name that stands in their picture. */
export interface ClipSource {
  /**
   * Encoded at the first call for a name (about half a second), kept for later ones; rejects where this machine can't encode. `isStill`: its picture
   * does not change.
   */
  readonly clip: (name: string, isStill?: boolean) => Promise<Clip>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A clip takes a quarter of a megabyte: walls of pictures fit, a crawl through ten thousand streams does not fill the memory. */
const keptClips = 100

type Answer = { readonly id: number; readonly clip?: Clip; readonly error?: string }

/** Whoever encodes, as far as it matters here. */
interface Encoder {
  readonly ask: (message: { readonly id: number; readonly name: string; readonly isStill: boolean }) => void
  /** Ends it; resolves when it is gone. */
  readonly end: () => Promise<void>
}

/** A process of its own: what native code breaks there breaks nothing here. */
function startProcess(entry: URL, onAnswer: (answer: Answer) => void, onEnd: (why: string) => void): Encoder {
  const child = forkNode(entry, { stderr: 'inherit' })
  const gone = child.ended.then(onEnd)
  child.on('message', (answer) => onAnswer(answer as Answer))
  return {
    ask: child.postMessage,
    end: () => {
      child.kill()
      return gone
    },
  }
}

/** A thread: for Electron, whose program is no Node that could be forked. */
function startThread(entry: URL, onAnswer: (answer: Answer) => void, onEnd: (why: string) => void): Encoder {
  const worker = new Worker(entry)
  worker.on('message', (answer: Answer) => onAnswer(answer))
  worker.once('error', (error) => onEnd(String(error)))
  worker.once('exit', (code) => onEnd(String(code)))
  return { ask: (message) => worker.postMessage(message), end: async () => void (await worker.terminate()) }
}

/** Starts the encoder at the first call; where it dies it is started again at the next. `entry`: `clipProcess`. */
export function createClips(
  log: (text: string) => void,
  entry: URL = entryPoint('./clipProcess.ts', import.meta.url),
  where: 'process' | 'thread' = process.versions.electron === undefined ? 'process' : 'thread',
): ClipSource {
  const kept = new Map<string, Promise<Clip>>()
  const waiting = new Map<number, { readonly resolve: (clip: Clip) => void; readonly reject: (error: Error) => void }>()
  let encoder: Encoder | null = null
  let nextId = 1
  let closed = false

  const running = (): Encoder => {
    if (encoder) return encoder
    const start = where === 'process' ? startProcess : startThread
    const started = start(
      entry,
      (answer) => {
        const asked = waiting.get(answer.id)
        waiting.delete(answer.id)
        if (answer.clip) asked?.resolve(answer.clip)
        else asked?.reject(new Error(answer.error ?? 'no clip came'))
      },
      (why) => {
        // A thread ends with two events, `error` and `exit`: by then another one may be at work.
        if (encoder !== started) return
        encoder = null
        if (!closed) log(`clips: the encoder ended (${why})`)
        for (const asked of waiting.values()) asked.reject(new Error(`the encoder ended (${why})`))
        waiting.clear()
      },
    )
    encoder = started
    return started
  }
  const encode = (name: string, isStill: boolean) =>
    new Promise<Clip>((resolve, reject) => {
      if (closed) return reject(new Error('the fleet is closed'))
      const id = nextId++
      waiting.set(id, { resolve, reject })
      running().ask({ id, name, isStill })
    })

  return {
    clip: (name, isStill = false) => {
      const key = JSON.stringify([name, isStill])
      const known = kept.get(key)
      if (known) {
        // The one asked for last goes last.
        kept.delete(key)
        kept.set(key, known)
        return known
      }
      const coming = encode(name, isStill)
      coming.catch(() => kept.delete(key))
      kept.set(key, coming)
      for (const oldest of kept.keys()) {
        if (kept.size <= keptClips) break
        kept.delete(oldest)
      }
      return coming
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      await encoder?.end()
    },
  }
}
