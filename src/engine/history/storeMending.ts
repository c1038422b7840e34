import type { NewFile } from './protocol/protocol.ts'
import { ignoreThreadError, StoreThreadError } from './threads/threads.ts'

/** Replaces a damaged history.db by a new file. */
export interface StoreMending {
  /** A reading thread found the file damaged. */
  readonly onBroken: () => void
  /** Runs `ask`, and retries it once if the file was damaged and has been replaced. */
  readonly again: <T>(ask: () => Promise<T>) => Promise<T>
  /** history.db was replaced by another file. */
  readonly onNewFile: () => void
  /** The repair in progress, or null. */
  readonly running: () => Promise<void> | null
}

export interface StoreMendingDeps {
  /** Lets the writer replace the file if it is damaged; null: the file is fine. */
  readonly mend: (isBroken: boolean) => Promise<NewFile | null>
  readonly isClosed: () => boolean
  /** Called for each new file. */
  readonly takeNewFile: (newFile: NewFile) => void
}

export function createStoreMending({ mend, isClosed, takeNewFile }: StoreMendingDeps): StoreMending {
  let mending: Promise<void> | null = null
  let newFiles = 0
  const mendNow = async (isBroken: boolean): Promise<void> => {
    const newFile = await mend(isBroken)
    if (newFile !== null && !isClosed()) takeNewFile(newFile)
  }
  return {
    onBroken: () => {
      mending ??= mendNow(true)
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
        await (mending ?? mendNow(false).catch(ignoreThreadError))
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
