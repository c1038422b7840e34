import { Worker } from 'node:worker_threads'
import type { SystemAnswer, SystemAnswers, SystemAsk } from './systemWorker.ts'

/** systeminformation on a thread of its own, which is started by the first question and keeps the process alive only while one waits. */
export interface SystemThread {
  /** null: the system does not tell, or the thread ended. */
  readonly ask: <K extends keyof SystemAnswers>(kind: K) => Promise<SystemAnswers[K] | null>
  readonly close: () => void
}

/** Beside this file, or beside its bundle. */
const workerFile = import.meta.url.endsWith('.ts') ? './systemWorker.ts' : './systemWorker.js'

export const createSystemThread = (): SystemThread => {
  const waiting = new Map<number, (value: SystemAnswer['value']) => void>()
  let nextId = 1
  let worker: Worker | null = null
  let closed = false

  const start = (): Worker => {
    const started = new Worker(new URL(workerFile, import.meta.url), { name: 'mtxdeck system' })
    const end = (): void => {
      if (worker === started) worker = null
      for (const resolve of waiting.values()) resolve(null)
      waiting.clear()
    }
    started.on('message', ({ id, value }: SystemAnswer) => {
      waiting.get(id)?.(value)
      waiting.delete(id)
      if (waiting.size === 0) started.unref()
    })
    // The next question starts another one.
    started.on('error', end)
    started.on('exit', end)
    return started
  }
  return {
    ask: <K extends keyof SystemAnswers>(kind: K) =>
      new Promise<SystemAnswers[K] | null>((resolve) => {
        if (closed) return resolve(null)
        const id = nextId++
        waiting.set(id, resolve as (value: SystemAnswer['value']) => void)
        worker ??= start()
        worker.ref()
        worker.postMessage({ id, kind } satisfies SystemAsk)
      }),
    close: () => {
      closed = true
      void worker?.terminate()
    },
  }
}
