import type { HostFailure } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'

/** Address of a host. IPv6 addresses are without brackets. */
export interface SshTarget {
  readonly user: string
  readonly host: string
  readonly port: number
}

/** How to sign in to each host on the route. */
export type SshAuth =
  | { readonly kind: 'password'; readonly password: string }
  /** The text of a private key, or its file, which is read again for each connection. */
  | { readonly kind: 'key'; readonly key: string | null; readonly keyFile: string | null; readonly passphrase: string | null }
  /** `socket`: null for the one in SSH_AUTH_SOCK, or on Windows the pipe of its own agent. */
  | { readonly kind: 'agent'; readonly socket: string | null }

/** A host key that an operator compared and accepted. */
export interface AcceptedKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  readonly keyType: string
  /** `SHA256:…`, as ssh prints it. */
  readonly fingerprint: string
}

/** Limits of one request. */
export interface AskOptions {
  /** If the answer is not complete after this time, the channel is closed: `hung`. */
  readonly timeoutMs: number
  /** Beyond this the channel and its connection are closed: `answerEndless`. */
  readonly maxBytes: number
}

/**
 * A script that runs on a host and answers lines. This object outlives the SSH channel: after a failure the next request
 * opens a channel (and connection) again, and fails with the reason if that is not possible.
 *
 * What the script must do: read lines `<line> <id>` from its standard input until that ends, and answer each with
 * lines of which the first begins with `== ` and the last is `== END <id>`. Text before the first one is skipped.
 */
export interface ShellChannel {
  /** One channel that stays open, or a command for each request if the host supports only that. */
  readonly way: () => 'channel' | 'command'
  /**
   * Sends one line (without newline) and resolves with the answer's bytes from its first `== ` up to, without, its END.
   * One request at a time; others wait. Rejects with the signal's reason when it is aborted, which closes the channel.
   */
  readonly ask: (line: string, options: AskOptions, signal: AbortSignal) => Promise<Result<Uint8Array, HostFailure>>
  /** Calls the listener each time the channel or its connection ends unexpectedly. Returns the unsubscribe function. */
  readonly onClosed: (listener: (error: HostFailure) => void) => () => void
  /** Ends the script on the host. The connection stays for other channels. */
  readonly close: () => void
}

/** One host's connection. */
export interface ShellTransport {
  /** Connects if necessary, and opens a channel. Rejects with the signal's reason when it is aborted. */
  readonly open: (signal: AbortSignal) => Promise<Result<ShellChannel, HostFailure>>
  /** Ends everything, at once and for good. */
  readonly close: () => void
}

/** Default port of SSH. */
export const sshPort = 22

/** Reads `user@host:port`, `user@[fe80::1]:22`, with or without a port; null: it is not of that form. */
export function parseSshTarget(text: string): SshTarget | null {
  const match = /^([^\s@:/]+)@(?:\[([0-9a-fA-F:.%]+)\]|([^\s@:/[\]]+))(?::(\d{1,5}))?$/.exec(text.trim())
  if (match === null) return null
  const port = match[4] === undefined ? sshPort : Number(match[4])
  const host = match[2] ?? match[3]
  if (host === undefined || match[1] === undefined || port < 1 || port > 65535) return null
  return { user: match[1], host, port }
}
