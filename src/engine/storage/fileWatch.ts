import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Log } from '../ports.ts'

const checkEveryMs = 5_000

/** Device and inode of the file at a path. null: no file; undefined: the disk can't tell. */
function identityOf(file: string): string | null | undefined {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`
  } catch {
    return undefined
  }
}

/** To be called right after a file was opened. The returned function says whether that file is no longer at its path. */
export function watchFile(file: string): () => boolean {
  const opened = identityOf(file)
  // Some network file systems report a different inode each time; there only a missing file can be detected.
  const isSteady = identityOf(file) === opened
  return () => {
    const found = identityOf(file)
    if (found === undefined || opened == null) return false
    return found === null || (isSteady && found !== opened)
  }
}

/** Checks every few seconds whether a database that was just opened is still at its path. `onMoved` is called once when it is not. */
export function createFileWatch(deps: { readonly clock: Clock; readonly log: Log; readonly file: string; readonly onMoved?: () => void }) {
  const { clock, log, file } = deps
  const stop = new AbortController()
  const isGone = watchFile(file)
  const trouble: ConsoleTrouble = { kind: 'fileMoved', file }
  let isMoved = false
  const loop = every(clock)(
    {
      intervalMs: checkEveryMs,
      timeoutMs: null,
      firstDelayMs: checkEveryMs,
      seed: basename(file),
      signal: stop.signal,
      onBug: (error) => log.error({ error, file }, 'looking for a database failed by a bug of ours'),
    },
    async () => {
      const wasMoved = isMoved
      isMoved = isGone()
      if (!isMoved || wasMoved) return
      log.error({ file }, consoleTroubleText(trouble, 'en'))
      deps.onMoved?.()
    },
  )
  return {
    /** That the file was not at its path at the last check: what is stored in it is lost when it is closed; null: it was there. */
    trouble: (): ConsoleTrouble | null => (isMoved ? trouble : null),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await loop
    },
  }
}
