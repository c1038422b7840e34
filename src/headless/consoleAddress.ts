import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Holds the address of the console that runs on a data folder; gone when it ended in order. */
export const consoleAddressFile = (dataDir: string) => join(dataDir, 'console.json')

/** Address of the console that runs on this data folder; null: none does. */
export function readConsoleAddress(dataDir: string): string | null {
  try {
    return (JSON.parse(readFileSync(consoleAddressFile(dataDir), 'utf8')) as { url: string }).url
  } catch {
    return null
  }
}
