import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** What was written to a file, and its name, are on the disk when this returns. */
export function syncFile(file: string): void {
  sync(file, 'r+')
  syncFolder(dirname(file))
}

/** Names of a folder, after a rename too, are on the disk when this returns. They get there by themselves on Windows, which opens no folders. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') sync(folder, 'r')
}

function sync(path: string, flags: string): void {
  const handle = openSync(path, flags)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
