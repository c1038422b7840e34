import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Syncs a file's content and its name to disk. */
export function syncFile(file: string): void {
  sync(file, 'r+')
  syncFolder(dirname(file))
}

/** Syncs the names in a folder to disk, needed after a rename. Does nothing on Windows, which can't open folders and syncs names by itself. */
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
