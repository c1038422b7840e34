import { existsSync, readFileSync } from 'node:fs'
import { Agent } from 'undici'
import type { HeadlessConfig } from '../configuration/config.ts'
import { consoleAddressFile } from './accessToken.ts'

// What a command needs to ask the console that runs on the same data folder.

/** Its address; null: none runs. */
export function runningConsole(dataDir: string): string | null {
  const file = consoleAddressFile(dataDir)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly url: string }).url : null
}

/** The token that it takes; null: there is no token file yet. */
export function tokenOf({ token, tokenFile }: Pick<HeadlessConfig, 'token' | 'tokenFile'>): string | null {
  return token ?? (existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : null)
}

/** Connects to it. Its certificate is its own, and the name in it is rarely that of loopback. */
export function agentOf({ tls }: Pick<HeadlessConfig, 'tls'>): Agent {
  return new Agent({ connect: tls === null ? {} : { ca: readFileSync(tls.certFile), checkServerIdentity: () => undefined } })
}
