import { readFileSync } from 'node:fs'
import { messageOf } from '../shared/messageOf.ts'
import type { Result } from '../shared/result.ts'
import { err, ok } from '../shared/result.ts'
import type { AttachedEngine } from './engineMessages.ts'

/**
 * Reads `--attach=URL` and where its token is: MTXDECK_TOKEN, or the file that MTXDECK_TOKEN_FILE names. Never on the command line,
 * which every user of a machine can read. ok(null): an engine of our own is wanted.
 */
export function readAttach(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Result<AttachedEngine | null, string> {
  const given = args.find((arg) => arg.startsWith('--attach='))?.slice('--attach='.length)
  if (given === undefined) return ok(null)
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.pathname !== '/' || url.search !== '')
    return err('The engine to attach to is named as --attach=https://host:8787, without a path.')
  const file = env.MTXDECK_TOKEN_FILE
  let token = env.MTXDECK_TOKEN ?? ''
  if (token === '' && file) {
    try {
      token = readFileSync(file, 'utf8').trim()
    } catch (error) {
      return err(`Can't read the token file ${file}: ${messageOf(error)}.`)
    }
  }
  if (token === '') return err('A desk that attaches needs the token of the engine: set MTXDECK_TOKEN or MTXDECK_TOKEN_FILE.')
  // The token is sent in a header, which allows visible ASCII only.
  if (!/^[\x21-\x7e]+$/.test(token)) return err('The token holds characters that no token has.')
  return ok({ url: url.origin, token })
}
