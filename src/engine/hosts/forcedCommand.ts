import type { ClientChannel } from 'ssh2'
import type { Clock } from '../../clock/clock.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { quoted } from '../../shared/visibleText.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import { connectSsh, createSshMeans, type SshConnection, type SshRoute } from './sshConnection.ts'

/** How a command on a host ended. */
export interface CommandEnd {
  /** null: it was killed. */
  readonly code: number | null
  /** The last line that it wrote, to its output or as an error; '' if there is none. */
  readonly said: string
}

/** Bytes of the end of what a command writes that are kept, and most of one line. */
const tailBytes = 4 * 1024
const longestLine = 300

/**
 * Runs one command on a host over a connection of its own, to its end. sshd runs what the key's `command=` in authorized_keys says in place of the command
 * that is asked for, which it hands over in SSH_ORIGINAL_COMMAND. Rejects with the signal's reason when it is aborted: then the command may still run.
 */
export type RunForced = (route: SshRoute, command: string, signal: AbortSignal) => Promise<Result<CommandEnd, HostFailure>>

export function createForcedCommands(clock: Clock): RunForced {
  const means = createSshMeans(clock)
  return async (route, command, signal) => {
    const connected = await connectSsh(means, route, signal)
    if (!connected.ok) return connected
    const connection = connected.value
    const fault = (kind: 'commandRefused' | 'closed', said = '') =>
      hostError(kind, { target: hostAndPort(route.target), user: route.target.user, said: quotedCause(said) })
    try {
      const started = await connection.run(command, signal)
      if (!started.ok) return err(connection.lost() ?? fault('commandRefused', started.error))
      const end = await endOf(connection, started.value, signal)
      return end === null ? err(connection.lost() ?? fault('closed')) : ok(end)
    } finally {
      connection.destroy()
    }
  }
}

/** null: the channel closed without saying how the command ended. */
const endOf = (connection: SshConnection, channel: ClientChannel, signal: AbortSignal) =>
  new Promise<CommandEnd | null>((resolve, reject) => {
    let tail = Buffer.alloc(0)
    let ended: { readonly code: number | null } | null = null
    const keep = (chunk: Buffer) => {
      connection.carried(chunk.length)
      tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes)
    }
    const onAbort = () => {
      channel.close()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    channel.on('data', keep)
    channel.stderr.on('data', keep)
    channel.on('exit', (code: number | null) => {
      ended = { code }
    })
    channel.on('error', () => {})
    channel.on('close', () => {
      signal.removeEventListener('abort', onAbort)
      resolve(ended && { code: ended.code, said: lastLine(tail.toString('utf8')) })
    })
    // Nothing is sent to it.
    channel.end()
    if (signal.aborted) onAbort()
  })

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).flatMap((line) => quoted(line, longestLine) ?? [])
  return lines.at(-1) ?? ''
}
