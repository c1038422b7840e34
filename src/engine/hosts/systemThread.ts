import { Worker } from 'node:worker_threads'
import { entryPoint } from '../../shared/entryPoint.ts'
import type { SystemAnswer, SystemAnswers, SystemAsk } from './systemWorker.ts'

/** systeminformation on a separate thread, which the first request starts. The thread keeps the process alive only while a request waits. */
interface SystemThread {
  /** null: the system does not report it, or the thread ended. */
  readonly ask: <K extends keyof SystemAnswers>(kind: K) => Promise<SystemAnswers[K] | null>
  readonly close: () => void
}

/** A worker and its open requests. */
interface Asked {
  readonly worker: Worker
  readonly waiting: Map<number, (value: SystemAnswer['value']) => void>
}

export function createSystemThread(): SystemThread {
  let nextId = 1
  let current: Asked | null = null
  let closed = false

  const start = (): Asked => {
    const worker = new Worker(entryPoint('./systemWorker.ts', import.meta.url), { name: 'mtxdeck system' })
    const waiting: Asked['waiting'] = new Map()
    const started = { worker, waiting }
    // `error` comes before `exit`; in between another thread may have been started, with its own requests.
    const end = (): void => {
      if (current === started) current = null
      for (const resolve of waiting.values()) resolve(null)
      waiting.clear()
    }
    worker.on('message', ({ id, value }: SystemAnswer) => {
      waiting.get(id)?.(value)
      waiting.delete(id)
      if (waiting.size === 0) worker.unref()
    })
    // The next request starts another thread.
    worker.on('error', end)
    worker.on('exit', end)
    return started
  }
  return {
    ask: <K extends keyof SystemAnswers>(kind: K) =>
      new Promise<SystemAnswers[K] | null>((resolve) => {
        if (closed) return resolve(null)
        const id = nextId++
        current ??= start()
        const { worker, waiting } = current
        waiting.set(id, resolve as (value: SystemAnswer['value']) => void)
        worker.ref()
        worker.postMessage({ id, kind } satisfies SystemAsk)
      }),
    close: () => {
      closed = true
      void current?.worker.terminate()
    },
  }
}
