import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'

/** File name extension of bundles. */
export const bundleEnding = '.mtxdeck'

/**
 * The bundle named on the command line: `--open=FILE`, or the file that was opened by a double click, which systems
 * pass as a plain argument. ok(null): none.
 */
export function readBundleFile(args: readonly string[], cwd: string): Result<string | null, string> {
  const named = args.find((arg) => arg.startsWith('--open='))?.slice('--open='.length)
  // The first argument is the program.
  const given = named ?? args.slice(1).find((arg) => !arg.startsWith('-') && arg.toLowerCase().endsWith(bundleEnding))
  if (given === undefined) return ok(null)
  if (given === '') return err('Name the bundle to open: --open=FILE.mtxdeck')
  const file = isAbsolute(given) ? given : resolve(cwd, given)
  return existsSync(file) ? ok(file) : err(`There is no bundle ${file}.`)
}
