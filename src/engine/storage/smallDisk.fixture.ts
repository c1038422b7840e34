import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A separate in-memory disk for a test. Disposing removes it, even with open files. */
export interface SmallDisk extends Disposable {
  readonly folder: string
  readonly remount: (how: 'ro' | 'rw') => void
}

function mount(...args: string[]): string | null {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' })
  return status === 0 ? null : (error?.message ?? stderr)
}

export function createSmallDisk(size: string): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-disk-'))
  const failure = mount('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder)
  if (failure !== null) {
    rmSync(folder, { recursive: true })
    throw new Error(failure)
  }
  return {
    folder,
    remount: (how) => {
      const failed = mount('-o', `remount,${how}`, folder)
      if (failed !== null) throw new Error(failed)
    },
    [Symbol.dispose]: () => {
      spawnSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Only root may mount a disk, and not in every container; elsewhere tests that need one are skipped. */
export const canMountDisks = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    createSmallDisk('64k')[Symbol.dispose]()
    return true
  } catch {
    return false
  }
})()
