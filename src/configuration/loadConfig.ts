import { resolve } from 'node:path'
import { readBoundedNow } from '../engine/readBounded.ts'
import { err, type Result } from '../shared/result.ts'
import type { Problem } from '../shared/validationErrors.ts'
import { type ConfigSources, type HeadlessConfig, readConfig } from './config.ts'
import { errorCode } from './errorCode.ts'

/** Maximum size of the configuration file, and of each file that it names. */
const largestFile = 10e6

/** Reads the configuration and the files that it names from the disk; `path` null: there is no file. The error has all problems. `note` is called with each file that is read, or should have been. */
export function loadConfig(
  path: string | null,
  rest: Pick<ConfigSources, 'env' | 'flags' | 'cwd'>,
  note: (file: string) => void = () => {},
): Result<HeadlessConfig, readonly Problem[]> {
  const readText = (name: string) => {
    note(name)
    return readBoundedNow(name, largestFile)
  }
  let file: ConfigSources['file'] = null
  if (path !== null) {
    try {
      file = { path, text: readText(resolve(rest.cwd, path)) }
    } catch (error) {
      return err([{ at: '', key: '', validationError: { kind: 'fileUnreadable', file: path, code: errorCode(error) } }])
    }
  }
  return readConfig({ file, ...rest, readText })
}
