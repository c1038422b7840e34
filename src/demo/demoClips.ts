import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

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
  /** Encoded at the first call for a name (about half a second), kept for later ones; rejects where this machine can't encode. */
  readonly clip: (name: string) => Promise<Clip>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A clip takes about 1.5 MB: a wall of pictures fits, a crawl through ten thousand streams does not fill the memory. */
const keptClips = 40

type Answer = { readonly id: number; readonly clip?: Clip; readonly error?: string }

/**
 * Starts the encoding process at the first call; where it dies it is started again at the next. `entry` is the
 * script of that process: a bundle has it elsewhere.
 */
export const createClips = (log: (text: string) => void, entry: URL = new URL('./clipProcess.ts', import.meta.url)): ClipSource => {
  const kept = new Map<string, Promise<Clip>>()
  const waiting = new Map<number, { readonly resolve: (clip: Clip) => void; readonly reject: (error: Error) => void }>()
  let child: ChildProcess | null = null
  let nextId = 1
  let closed = false

  const running = (): ChildProcess => {
    if (child) return child
    // Structured clone carries the buffers; the default would spell them out as JSON.
    const started = fork(fileURLToPath(entry), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child = started
    started.on('message', (answer: Answer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.clip) asked?.resolve(answer.clip)
      else asked?.reject(new Error(answer.error ?? 'no clip came'))
    })
    const over = () => {
      if (child === started) child = null
      for (const asked of waiting.values()) asked.reject(new Error('the encoding process ended'))
      waiting.clear()
    }
    started.on('error', over)
    started.on('exit', (code, signal) => {
      if (!closed) log(`clips: the encoding process ended (${signal ?? code})`)
      over()
    })
    return started
  }
  const encode = (name: string) =>
    new Promise<Clip>((resolve, reject) => {
      if (closed) return reject(new Error('the fleet is closed'))
      const id = nextId++
      waiting.set(id, { resolve, reject })
      running().send({ id, name })
    })

  return {
    clip: (name) => {
      const known = kept.get(name)
      if (known) {
        // The one asked for last goes last.
        kept.delete(name)
        kept.set(name, known)
        return known
      }
      const coming = encode(name)
      coming.catch(() => kept.delete(name))
      kept.set(name, coming)
      for (const oldest of kept.keys()) {
        if (kept.size <= keptClips) break
        kept.delete(oldest)
      }
      return coming
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      const last = child
      if (!last) return
      await new Promise<void>((resolve) => {
        last.once('exit', () => resolve())
        last.kill()
      })
    },
  }
}
