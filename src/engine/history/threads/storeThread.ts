import { Worker } from 'node:worker_threads'
import type { Log } from '../../ports.ts'
import type { LostPart, StoreWorkerStart } from '../protocol/protocol.ts'

/** What a thread can be asked. Its answer to `idle` says that it has taken what was sent before. */
type StoreAsks<Asks> = Record<keyof Asks, readonly [unknown, unknown]> & { readonly idle: readonly [null, null] }

/** One of the store's threads, seen from the engine's: notes go without an answer, asks get one, in the order they were sent. */
export interface StoreThread<Notes, Asks extends StoreAsks<Asks>> {
  /** Waits until much is noted or something is asked: one message costs as much as a poll of 100 paths takes to write. */
  readonly note: <K extends keyof Notes & string>(kind: K, value: Notes[K], transfer?: readonly ArrayBuffer[]) => void
  /** Rejects with the signal's reason when it is aborted, with `StoreThreadError` when the thread failed or died. */
  readonly ask: <K extends keyof Asks & string>(kind: K, input: Asks[K][0], signal?: AbortSignal, transfer?: readonly ArrayBuffer[]) => Promise<Asks[K][1]>
  /** True where something was sent that no answer has followed yet. */
  readonly busy: () => boolean
  /** Resolves when it is not busy. However many wait, none of them keeps it at work for the others. */
  readonly idle: () => Promise<void>
  /** Ends the thread without asking it. */
  readonly terminate: () => Promise<void>
}

export class StoreThreadError extends Error {
  override readonly name = 'StoreThreadError'
}

/** Where nothing waits for the answer: a thread's failure is reported by its death or in its log. */
export function ignoreThreadError(error: unknown): void {
  if (!(error instanceof StoreThreadError)) throw error
}

/** What travels: towards the thread, and back. */
export type ToStoreThread =
  | { readonly notes: readonly { readonly kind: string; readonly value: unknown }[] }
  | { readonly kind: string; readonly value: unknown; readonly id: number }
  | { readonly cancel: number }
export type FromStoreThread =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly words: string }
  /** history.db itself is damaged, and this is what was met. */
  | { readonly broken: string }
  /** A file cannot be read as it should: `words` say what is wrong with it. */
  | { readonly damaged: string; readonly words: string; readonly lost: LostPart | null }
  | { readonly log: 'error' | 'warn' | 'info'; readonly facts: object; readonly text: string }

/** Notes beyond it do not wait: bytes that they give away, and how many they are. */
const mostWaitingBytes = 256 << 10
const mostWaitingNotes = 256

export function createStoreThread<Notes, Asks extends StoreAsks<Asks>>(deps: {
  readonly entry: URL
  readonly start: StoreWorkerStart
  readonly log: Log
  readonly onDamage?: (file: string, words: string, lost: LostPart | null) => void
  /** history.db is damaged. Not after the thread was ended: then it may be another file already. */
  readonly onBroken?: (words: string) => void
  /** It ended by itself: a bug, or no memory. */
  readonly onDeath: (error: unknown) => void
}): StoreThread<Notes, Asks> {
  const { log } = deps
  const worker = new Worker(deps.entry, {
    workerData: deps.start,
    name: `mtxdeck store ${deps.start.role}`,
    // Batches live for a moment: a small nursery frees their arrays soon (30 MB less with 10,000 paths, at the same cost).
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  const waiting = new Map<number, { readonly sent: number; readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void }>()
  let nextId = 1
  /** How many messages were sent, and up to which of them an answer proves that they were taken. */
  let sent = 0
  let taken = 0
  let ended = false
  let closing = false
  let failure: unknown = null
  /** They wait until every question has its answer. */
  let idlers: (() => void)[] = []
  const wakeIdlers = (): void => {
    const woken = idlers
    idlers = []
    for (const wake of woken) wake()
  }

  worker.on('message', (message: FromStoreThread) => {
    if ('log' in message) {
      log[message.log](message.facts, message.text)
      return
    }
    if ('broken' in message) {
      if (!ended) deps.onBroken?.(message.broken)
      return
    }
    if ('damaged' in message) {
      deps.onDamage?.(message.damaged, message.words, message.lost)
      return
    }
    const waiter = waiting.get(message.id)
    waiting.delete(message.id)
    if (waiter) taken = Math.max(taken, waiter.sent)
    if (message.ok) waiter?.resolve(message.value)
    else waiter?.reject(new StoreThreadError(message.words))
    if (waiting.size === 0) wakeIdlers()
  })
  worker.on('error', (error) => {
    failure = error
  })
  worker.on('exit', () => {
    const expected = ended || closing
    ended = true
    for (const { reject } of waiting.values()) reject(new StoreThreadError('the thread of the store has ended'))
    waiting.clear()
    wakeIdlers()
    if (!expected) deps.onDeath(failure)
  })

  let notes: { readonly kind: string; readonly value: unknown }[] = []
  let given: ArrayBuffer[] = []
  let givenBytes = 0

  const post = (message: ToStoreThread, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(message, transfer)
  const postNotes = (): void => {
    if (notes.length === 0) return
    post({ notes }, given)
    notes = []
    given = []
    givenBytes = 0
  }

  const ask: StoreThread<Notes, Asks>['ask'] = (kind, input, signal, transfer) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new StoreThreadError('the thread of the store has ended'))
      if (signal?.aborted) return reject(signal.reason)
      postNotes()
      const id = nextId++
      sent++
      // It ends by itself after this.
      if (kind === 'close') closing = true
      const onAbort = (): void => {
        reject(signal?.reason)
        post({ cancel: id })
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const done = (): void => signal?.removeEventListener('abort', onAbort)
      waiting.set(id, {
        sent,
        resolve: (value) => {
          done()
          resolve(value as never)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      post({ kind, value: input, id }, transfer)
    })
  const busy = (): boolean => !ended && (taken < sent || waiting.size > 0)

  return {
    note: (kind, value, transfer = []) => {
      if (ended) return
      sent++
      notes.push({ kind, value })
      for (const buffer of transfer) {
        given.push(buffer)
        givenBytes += buffer.byteLength
      }
      if (givenBytes >= mostWaitingBytes || notes.length >= mostWaitingNotes) postNotes()
    },
    ask,
    busy,
    idle: async () => {
      while (busy())
        if (waiting.size > 0) await new Promise<void>((resolve) => void idlers.push(resolve))
        // Notes alone: only an answer says that they were taken. It fails where the thread ends, which is idle, too.
        else await ask('idle', null).catch(() => {})
    },
    terminate: async () => {
      ended = true
      await worker.terminate()
    },
  }
}
