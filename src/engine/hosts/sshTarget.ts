/** Address of a host. IPv6 addresses are without brackets. */
export interface SshTarget {
  readonly user: string
  readonly host: string
  readonly port: number
}

export type SshAuth =
  | { readonly kind: 'password'; readonly password: string }
  /** The text of a private key, or its file, which is read again for each connection. */
  | { readonly kind: 'key'; readonly key: string | null; readonly keyFile: string | null; readonly passphrase: string | null }
  /** `socket`: null for the one in SSH_AUTH_SOCK, or on Windows the pipe of its own agent. */
  | { readonly kind: 'agent'; readonly socket: string | null }

/** A host key that an operator compared and accepted. */
export interface AcceptedKey {
  readonly keyType: string
  readonly fingerprint: string
}

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
