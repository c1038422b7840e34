import { spawnSync } from 'node:child_process'

/** By its whole path: the PATH may change while the console runs. */
const keeper = ['/usr/bin/setpriv', '--no-new-privs', '--'] as const
let found: readonly string[] | null = null

/**
 * Put before a program and its arguments, neither it nor what it starts can gain rights, by setuid programs or file capabilities. Empty where the
 * system has no setpriv there (util-linux). Asks once, which takes some ms.
 */
export function noNewPrivileges(): readonly string[] {
  const [program, ...args] = keeper
  found ??= process.platform === 'linux' && spawnSync(program, [...args, 'true'], { stdio: 'ignore', timeout: 2_000 }).status === 0 ? keeper : []
  return found
}
