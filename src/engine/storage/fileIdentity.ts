import { statSync } from 'node:fs'

/**
 * Identifies the file at a path by device and inode. The values may be compared only while the file is open, since inodes are
 * reused. null: no file; undefined: the disk can't tell.
 */
export function fileIdentity(file: string): string | null | undefined {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`
  } catch {
    return undefined
  }
}
