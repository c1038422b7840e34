/** Start of the first line of a shell that runs our script. Its process id follows, to kill it if it hangs. */
export const hello = 'mtxdeck-shell'

/** Characters with the same meaning in every shell between the quotes used below. */
const plain = /^[A-Za-z0-9 \t,.:;/=+*?(){}[\]<>|&#@^~_-]$/

/**
 * The command that runs a POSIX-sh script with any login shell of the user: sh, bash, zsh, fish, csh. These
 * agree on single quotes only if there is no line break, backslash, quote or exclamation mark between them, so those are written
 * as octal numbers, which printf converts back. The script's standard input is the channel.
 */
export function shellCommand(script: string): string {
  const text = Array.from(Buffer.from(`printf '${hello} %s\\n' "$$"\n${script}`), (byte) => {
    const character = String.fromCharCode(byte)
    return plain.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`
  }).join('')
  return `exec sh -c 'eval "$(printf "${text}")"'`
}

/** The process id that our shell printed; null: none. */
export function shellPid(output: string): number | null {
  const match = new RegExp(`(?:^|\\n)${hello} (\\d{1,10})\\n`).exec(output)
  const pid = Number(match?.[1])
  // kill treats -1 as all processes, and 0 as its own group.
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null
}

/** Output without that first line. */
export const withoutHello = (output: string): string => output.replace(new RegExp(`(^|\\n)${hello} \\d+\\n`, 'g'), '$1')

/** Printed after a successful kill. The exit code is not enough: a forced command runs instead of ours, and ends with 0, too. */
const killed = 'mtxdeck-killed'

/** Kills a hanging shell and its children: sshd gives each command its own process group. Also succeeds if the shell has already ended. */
export const killCommand = (pid: number): string => `exec sh -c '{ kill -9 -${pid} || kill -9 ${pid} || ! kill -0 ${pid}; } 2>/dev/null && echo ${killed}'`

/** Whether the output of `killCommand` reports success. */
export const didKill = (output: string): boolean => output.includes(killed)
