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
  const { stdout, status } = spawnSync('/usr/bin/ldd', [program], { encoding: 'utf8', env: plainEnvironment(env), timeout: 3_000 })
  const files = [program, ...librariesIn(stdout ?? '')]
  // null: it was too slow, or is not there.
  if (status !== null) known.set(key, files)
  return files
}

/** Paths in lines such as `libc.so.6 => /lib/libc.so.6 (0x…)`. On the left of an arrow stands the path of the loader that the program wants. */
export function librariesIn(said: string): readonly string[] {
  return said.split('\n').flatMap((line) => {
    const [, wanted = '', found = ''] = /^\s*(?:(.+) => )?(\/.+) \(0x[0-9a-f]+\)$/.exec(line) ?? []
    return [wanted, found].filter((path) => path.startsWith('/'))
  })
}
