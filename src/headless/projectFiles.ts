import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json, in a checkout and where it is installed. This file is two folders below it, and so is its build. */
export const projectDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const rendererDir = join(projectDir, 'out', 'renderer')

/** `updates` is written there by whoever packs it: where he tells of newer versions. */
export function readPackage(): { readonly version: string; readonly updates?: string } {
  return JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8'))
}
export function readVersion(): string {
  return readPackage().version
}
