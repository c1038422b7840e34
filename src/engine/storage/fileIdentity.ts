import { statSync } from 'node:fs'

/** Which file lies under a path, whatever its name: equal for the same file only while somebody has it open. null: none; undefined: the disk does not tell. */
export function fileIdentity(file: string): string | null | undefined {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`
  } catch {
    return undefined
  }
}
