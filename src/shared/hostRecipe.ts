import { collectScript } from './collectScript.ts'

/** Where the file variant of the recipe has the collector on a host. */
const collectorPath = '/usr/local/libexec/mtxdeck-collect'

/** Characters that mean the same in every shell between single quotes, and in an option of authorized_keys. */
const plain = /^[A-Za-z0-9 ,.:;/=+*?(){}[\]<>|&#@^~_-]$/

/** A script as one line for whatever login shell the user has: all else stands as octal numbers, which printf turns back. */
function oneLine(script: string): string {
  const text = Array.from(script, (character) => (plain.test(character) ? character : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)).join('')
  return `exec sh -c 'eval "$(printf "${text}")"'`
}

const line = (command: string, publicKey: string): string => `restrict,command="${command.replaceAll('"', '\\"')}" ${publicKey.trim()}`

/**
 * The line of `~/.ssh/authorized_keys` with which a key can do one thing: run this script. `restrict` takes away
 * forwarding of ports, agents and X11, the terminal and ~/.ssh/rc, and whatever OpenSSH may add later; the command is
 * run whatever the client asks for (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"). Needs OpenSSH 7.2, of 2016.
 */
export const authorizedKeysLine = (publicKey: string): string => line(oneLine(collectScript), publicKey)

/** The same, with the script in a file on the host, which can be read there and stays when the console is renewed. */
export const authorizedKeysLineOfFile = (publicKey: string, path = collectorPath): string => line(path, publicKey)

/** What somebody reads who asks a jump host for more than its line allows. */
const jumpWords = 'This key is only a way to other hosts.'

/**
 * The line on a jump host: leads to these targets (`host:port`, as the console has them) and runs no command. Forwarding
 * goes both ways, and permitopen bounds one of them: permitlisten leaves of the other a port that only root can have.
 */
export const authorizedKeysLineOfJumpHost = (targets: readonly string[], publicKey: string): string =>
  `restrict,port-forwarding,${targets.map((target) => `permitopen="${target}"`).join(',')},permitlisten="localhost:1",command="echo '${jumpWords}' >&2; exit 1" ${publicKey.trim()}`

/** That file: owned by root, readable and executable for all (0755). */
export const collectorFile = `#!/bin/sh
# Tells the figures of this machine to mtxdeck, on standard output. It writes nothing and needs no rights.
${collectScript}
`
