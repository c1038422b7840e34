import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Failure } from '../shared/commands.ts'
import { err, ok, type Result } from '../shared/result.ts'

/** The configuration file named on the command line, `--config=FILE`. ok(null): none. */
export function readConfigFile(args: readonly string[], cwd: string): Result<string | null, Failure> {
  const given = args.find((arg) => arg.startsWith('--config='))?.slice('--config='.length)
  if (given === undefined) return ok(null)
  if (given === '') return err({ kind: 'configurationNotNamed' })
  const file = isAbsolute(given) ? given : resolve(cwd, given)
  return existsSync(file) ? ok(file) : err({ kind: 'noConfiguration', file })
}
