import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../configuration/errorCode.ts'
import type { SecretsKey } from '../engine/ports.ts'

const keyBytes = 32

/** The key that encrypts the secrets of stored servers, kept in a file beside the database. */
export function readSecretsKey(dataDir: string): SecretsKey {
  const file = join(dataDir, 'secrets.key')
  const words = `Secrets are encrypted with a key that lies in ${file}, which only this user can read. Who copies the whole folder has both.`
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
    if (key.length === keyBytes) return { protection: 'file', words, key }
    // Never replaced: a new key could not open what the old one closed.
    return none(`${file} does not hold a key of ${keyBytes} bytes. Restore it from a backup, or delete it and enter the secrets of the servers again.`)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return none(`${file} can't be read (${errorCode(error)}): make it readable for this user only.`)
  }
  const key = randomBytes(keyBytes)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    return { protection: 'file', words, key }
  } catch (error) {
    return none(`${file} can't be written (${errorCode(error)}): secrets of servers cannot be stored here.`)
  }
}

const none = (words: string): SecretsKey => ({ protection: 'none', words, key: null })
