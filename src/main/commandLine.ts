import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutSlash } from '../shared/endpoints.ts'
import { err, messageOf, ok, type Result } from '../shared/result.ts'
import type { AttachedEngine } from './engineMessages.ts'

/** File name extension of bundles. */
export const bundleEnding = '.mtxdeck'

const optionOf = (args: readonly string[], name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)

/** A file named on the command line. ok(null): none. */
function readFileOption(given: string | undefined, cwd: string, what: string, usage: string): Result<string | null, string> {
  if (given === undefined) return ok(null)
  if (given === '') return err(`Name the ${what}: ${usage}`)
  const file = resolve(cwd, given)
  return existsSync(file) ? ok(file) : err(`There is no ${what} ${file}.`)
}

/** GNOME opens files by their addresses, other desktops by their paths. */
function pathOf(opened: string): string {
  try {
    return opened.startsWith('file:') ? fileURLToPath(opened) : opened
  } catch {
    return opened
  }
}

/** The bundle to show: `--open=FILE`, or the file that was opened by a double click, which systems pass as a plain argument. */
export function readBundleFile(args: readonly string[], cwd: string): Result<string | null, string> {
  // The first argument is the program.
  const opened = args.slice(1).find((arg) => !arg.startsWith('-') && arg.toLowerCase().endsWith(bundleEnding))
  return readFileOption(optionOf(args, 'open') ?? (opened && pathOf(opened)), cwd, 'bundle', '--open=FILE.mtxdeck')
}

export function readConfigFile(args: readonly string[], cwd: string): Result<string | null, string> {
  return readFileOption(optionOf(args, 'config'), cwd, 'configuration', '--config=FILE')
}

/**
 * Reads `--attach=URL` and where its token is: MTXDECK_TOKEN, or the file that MTXDECK_TOKEN_FILE names. Never on the command line,
 * which every user of a machine can read. ok(null): an engine of our own is wanted.
 */
export function readAttach(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Result<AttachedEngine | null, string> {
  const given = optionOf(args, 'attach')
  if (given === undefined) return ok(null)
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '')
    return err('The engine to attach to is named as --attach=https://host:8787, or as --attach=https://host/path where a proxy serves it below a path.')
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
  return ok({ url: url.origin + withoutSlash(url.pathname), token })
}
