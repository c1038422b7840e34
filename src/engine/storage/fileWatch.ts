import { type BigIntStats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

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
