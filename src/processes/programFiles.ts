import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { plainEnvironment } from '../shared/media.ts'

const known = new Map<string, readonly string[]>()

/** A program and the libraries that it loads when it starts, by what the system's loader says. */
export function programFiles(program: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const file = statSync(program, { throwIfNoEntry: false })
  if (file === undefined) return []
  const key = JSON.stringify([program, file.ino, file.mtimeMs, file.size])
  const before = known.get(key)
  if (before !== undefined) return before
  const said = spawnSync('/usr/bin/ldd', [program], { encoding: 'utf8', env: plainEnvironment(env), timeout: 5_000 }).stdout ?? ''
  const files = [program, ...[...said.matchAll(/(?:^\s*|=> )(\/\S+) \(0x/gm)].map(([, library = '']) => library)]
  known.set(key, files)
  return files
}
