import { type BigIntStats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Log } from '../ports.ts'

const checkEveryMs = 5_000

/** Device and inode of the file at a path. null: no file; undefined: the disk can't tell. */
type Identity = string | null | undefined
const identityOf = ({ dev, ino }: BigIntStats): Identity => `${dev}:${ino}`
function identityNow(file: string): Identity {
  try {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false })
    return found === undefined ? null : identityOf(found)
  } catch {
    return undefined
  }
}
const identityLater = (file: string): Promise<Identity> =>
  stat(file, { bigint: true }).then(identityOf, (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : undefined))

/** Identifies a file that was just opened. The returned function says whether what is at its path is not that file any more. */
function watched(file: string): (found: Identity) => boolean {
  const opened = identityNow(file)
  // Some network file systems report a different inode each time; there only a missing file can be detected.
  const isSteady = identityNow(file) === opened
  return (found) => found !== undefined && opened != null && (found === null || (isSteady && found !== opened))
}

/** To be called right after a file was opened. The returned function says whether that file is no longer at its path. */
export function watchFile(file: string): () => boolean {
  const isOther = watched(file)
  return () => isOther(identityNow(file))
}

/** The same without waiting for the disk in this thread. */
export function watchFileLater(file: string): () => Promise<boolean> {
  const isOther = watched(file)
  return async () => isOther(await identityLater(file))
}

/** Checks every few seconds whether a database that was just opened is still at its path. `onMoved` is called once when it is not. */
export function createFileWatch(deps: { readonly clock: Clock; readonly log: Log; readonly file: string; readonly onMoved?: () => void }) {
  const { clock, log, file } = deps
  const stop = new AbortController()
  const isGone = watchFileLater(file)
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
      isMoved = await isGone()
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
