import { scriptCommand } from '../../shared/shellScript.ts'

/** Start of the first line of a shell that runs our script. Its process id follows, to kill it if it hangs. */
export const hello = 'mtxdeck-shell'

/** The command that runs a POSIX-sh script with any login shell of the user, after a line that says its process. The script's standard input is the channel. */
export function shellCommand(script: string): string {
  return scriptCommand(`printf '${hello} %s\\n' "$$"\n${script}`)
}

/** The process id that our shell printed; null: none. */
export function shellPid(output: string): number | null {
  const match = new RegExp(`(?:^|\\n)${hello} (\\d{1,10})\\n`).exec(output)
  const pid = Number(match?.[1])
  // kill treats -1 as all processes, and 0 as its own group.
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null
}

/** Output without that first line. */
export function withoutHello(output: string): string {
  return output.replace(new RegExp(`(^|\\n)${hello} \\d+\\n`, 'g'), '$1')
}

/** Printed after a successful kill. The exit code is not enough: a forced command runs instead of ours, and ends with 0, too. */
const killed = 'mtxdeck-killed'

/** Kills a hanging shell and its children: sshd gives each command its own process group. Also succeeds if the shell has already ended. */
export function killCommand(pid: number): string {
  return `exec sh -c '{ kill -9 -${pid} || kill -9 ${pid} || ! kill -0 ${pid}; } 2>/dev/null && echo ${killed}'`
}

/** Whether the output of `killCommand` reports success. */
export function didKill(output: string): boolean {
  return output.includes(killed)
}
