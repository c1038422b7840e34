import { collectScript } from './collectScript.ts'
import { scriptCommand } from './shellScript.ts'

/** Path of the collector script on a host, in the recipe's file variant. */
const collectorPath = '/usr/local/libexec/mtxdeck-collect'

const line = (command: string, publicKey: string): string => `restrict,command="${command.replaceAll('"', '\\"')}" ${publicKey.trim()}`

/**
 * The line for `~/.ssh/authorized_keys` that lets a key do one thing: run this script. `restrict` disables port, agent and X11
 * forwarding, the terminal, ~/.ssh/rc, and whatever OpenSSH may add later. The command runs whatever the client requests
 * (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"). Needs OpenSSH 7.2 (2016) or newer.
 */
export function authorizedKeysLine(publicKey: string): string {
  return line(scriptCommand(collectScript), publicKey)
}

/** The same line for a script installed as a file on the host, which can be inspected there and survives updates of the console. */
export function authorizedKeysLineOfFile(publicKey: string, path = collectorPath): string {
  return line(path, publicKey)
}

/** Printed to anyone who asks a jump host for more than the line allows. */
const jumpText = 'This key is only a way to other hosts.'

/**
 * The authorized_keys line for a jump host: allows forwarding to these targets (`host:port`, as configured in the console) and
 * runs no command. permitopen limits local forwarding only; permitlisten limits remote forwarding to a port that only root can bind.
 */
export function authorizedKeysLineOfJumpHost(targets: readonly string[], publicKey: string): string {
  return `restrict,port-forwarding,${targets.map((target) => `permitopen="${target}"`).join(',')},permitlisten="localhost:1",command="echo '${jumpText}' >&2; exit 1" ${publicKey.trim()}`
}

/** That file: owned by root, readable and executable for all (0755). */
export const collectorFile = `#!/bin/sh
# Tells the figures of this machine to mtxdeck, on standard output. It writes nothing and needs no rights.
${collectScript}
`
