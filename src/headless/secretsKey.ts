import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../configuration/errorCode.ts'
import type { SecretsKey } from '../engine/ports.ts'
import type { SecretsKept } from '../shared/cautions.ts'

const keyBytes = 32

/** The key that encrypts the secrets of stored servers, kept in a file beside the database. */
export function readSecretsKey(dataDir: string): SecretsKey {
  const file = join(dataDir, 'secrets.key')
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
    if (key.length === keyBytes) return { protection: 'file', kept: { kind: 'keyFile', file }, key }
    // Never replaced: a new key could not decrypt the stored secrets.
    return none({ kind: 'keyFileWrong', file, bytes: keyBytes })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return none({ kind: 'keyFileUnreadable', file, because: errorCode(error) })
  }
  const key = randomBytes(keyBytes)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    return { protection: 'file', kept: { kind: 'keyFile', file }, key }
  } catch (error) {
    return none({ kind: 'keyFileNotWritten', file, because: errorCode(error) })
  }
}

const none = (kept: SecretsKept): SecretsKey => ({ protection: 'none', kept, key: null })
