import type { NewFile } from './protocol/protocol.ts'
import { ignoreThreadError, StoreThreadError } from './threads/threads.ts'

/** Has a history.db that turned out to be damaged replaced by a new one. */
export interface StoreMending {
  /** A thread that reads the file found it damaged. */
  readonly onBroken: () => void
  /** Asks again, once, where the file turned out to be damaged and another one took its place. */
  readonly again: <T>(ask: () => Promise<T>) => Promise<T>
  /** Another file took the place of history.db. */
  readonly onNewFile: () => void
  /** null: nothing is being mended. */
  readonly running: () => Promise<void> | null
}

export interface StoreMendingDeps {
  /** Asks the writer; null: the file is as it should be. */
  readonly mend: (isBroken: boolean) => Promise<NewFile | null>
  readonly isClosed: () => boolean
  /** To be called for each file that takes the place of another one. */
  readonly takeNewFile: (newFile: NewFile) => void
}

export function createStoreMending({ mend, isClosed, takeNewFile }: StoreMendingDeps): StoreMending {
  let mending: Promise<void> | null = null
  let newFiles = 0
  const haveMended = async (isBroken: boolean): Promise<void> => {
    const newFile = await mend(isBroken)
    if (newFile !== null && !isClosed()) takeNewFile(newFile)
  }
  return {
    onBroken: () => {
      mending ??= haveMended(true)
        .catch(ignoreThreadError)
        .finally(() => {
          mending = null
        })
    },
    again: async (ask) => {
      const before = newFiles
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof StoreThreadError) || isClosed()) throw error
        await (mending ?? haveMended(false).catch(ignoreThreadError))
        if (newFiles === before || isClosed()) throw error
        return ask()
      }
    },
    onNewFile: () => {
      newFiles++
    },
    running: () => mending,
  }
}
