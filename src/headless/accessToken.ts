import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SecretsKey } from '../engine/ports.ts'
import { errorCode } from '../engine/readBounded.ts'
import type { SecretsKept } from '../shared/cautions.ts'
import { err, ok } from '../shared/result.ts'

/**
 * Reads the token from `file`, or creates one there that only this user can read. `made`: it was created now, and should be printed once;
 * `warnings`: why the token or its file is not safe.
 */
export function openAccessToken(file: string) {
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (token === '') return err(`${file} is empty: write a token into it, or delete it and a new one is made.`)
    if (/\s/.test(token)) return err(`${file} holds more than one word: a token is one line without spaces.`)
    return ok({ token, made: false, warnings: [...warnShort(token), ...warnOpen(file)] })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return err(`Can't read the token file ${file}: ${errorCode(error)}.`)
  }
  // 256 random bits can't be guessed, and base64url needs no escaping in an address.
  const token = randomBytes(32).toString('base64url')
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(file, 0o600)
  } catch (error) {
    return err(`Can't write the token file ${file}: ${errorCode(error)}.`)
  }
  return ok({ token, made: true, warnings: [] })
}

/** File with the address of the console that runs on a data folder. Deleted at an orderly end. */
export function consoleAddressFile(dataDir: string) {
  return join(dataDir, 'console.json')
}

const shortTokenLength = 16
export function warnShort(token: string): readonly string[] {
  return token.length < shortTokenLength ? [`The sign-in token has only ${token.length} characters: longer ones are harder to guess.`] : []
}

function warnOpen(file: string): readonly string[] {
  // Windows has no permission bits. Of another user's file, such as a secret that is mounted into a container, this user would lose its own access.
  const { mode, uid } = statSync(file)
  const isOpen = process.platform !== 'win32' && uid === process.getuid?.() && (mode & 0o077) !== 0
  return isOpen ? [`Other users of this machine can read ${file}: run "chmod 600" on it.`] : []
}

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
