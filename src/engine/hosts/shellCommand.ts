/** The first line of a shell that runs a script of ours: its process id follows, with which a stuck one is ended. */
export const hello = 'mtxdeck-shell'

/** Characters that mean the same in every shell between the quotes used below. */
const plain = /^[A-Za-z0-9 \t,.:;/=+*?(){}[\]<>|&#@^~_-]$/

/**
 * The command that runs a POSIX-sh script with whatever login shell the user has: sh, bash, zsh, fish, csh. Those
 * agree on single quotes only where no line break, backslash, quote or exclamation mark is between them, so these stand
 * as octal numbers, which printf turns back. The script's standard input is the channel.
 */
export function shellCommand(script: string): string {
  const text = Array.from(Buffer.from(`printf '${hello} %s\\n' "$$"\n${script}`), (byte) => {
    const character = String.fromCharCode(byte)
    return plain.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`
  }).join('')
  return `exec sh -c 'eval "$(printf "${text}")"'`
}

/** The process id that a shell of ours printed; null: it did not. */
export function shellPid(output: string): number | null {
  const match = new RegExp(`(?:^|\\n)${hello} (\\d{1,10})\\n`).exec(output)
  const pid = Number(match?.[1])
  // kill takes -1 for everybody and 0 for the own group.
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null
}

/** Output without that first line. */
export const withoutHello = (output: string): string => output.replace(new RegExp(`(^|\\n)${hello} \\d+\\n`, 'g'), '$1')

/** What a kill that worked says. A forced command runs instead of ours, and ends with code 0, too. */
const killed = 'mtxdeck-killed'

/** Ends a shell that hangs, with what it started: sshd gives each command a process group of its own. One that is gone already has ended. */
export const killCommand = (pid: number): string => `exec sh -c '{ kill -9 -${pid} || kill -9 ${pid} || ! kill -0 ${pid}; } 2>/dev/null && echo ${killed}'`

/** Whether the output of `killCommand` says that it worked. */
export const didKill = (output: string): boolean => output.includes(killed)
