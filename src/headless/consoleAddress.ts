import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** File with the address of the console that runs on a data folder. Deleted at an orderly end. */
export function consoleAddressFile(dataDir: string) {
  return join(dataDir, 'console.json')
}

/** Address of the console that runs on this data folder; null: none is running. */
export function readConsoleAddress(dataDir: string): string | null {
  try {
    return (JSON.parse(readFileSync(consoleAddressFile(dataDir), 'utf8')) as { url: string }).url
  } catch {
    return null
  }
}
