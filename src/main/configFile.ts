import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'

/** The configuration file named on the command line, `--config=FILE`. ok(null): none. */
export function readConfigFile(args: readonly string[], cwd: string): Result<string | null, string> {
  const given = args.find((arg) => arg.startsWith('--config='))?.slice('--config='.length)
  if (given === undefined) return ok(null)
  if (given === '') return err('Name the configuration to watch by: --config=FILE')
  const file = isAbsolute(given) ? given : resolve(cwd, given)
  return existsSync(file) ? ok(file) : err(`There is no configuration ${file}.`)
}
