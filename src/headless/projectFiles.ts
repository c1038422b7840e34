import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json, in a checkout and where it is installed. This file is two folders below it, and so is its build. */
export const projectDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const rendererDir = join(projectDir, 'out', 'renderer')

export function readVersion(): string {
  return (JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string }).version
}
