import { randomBytes } from 'node:crypto'

/** Stores a few secrets, encrypted, among the settings. */
export interface KeyStore {
  readonly read: (key: string) => string | null
  /** Writes a value; a failure is not reported. */
  readonly note: (key: string, value: string) => void
  /** null: this console can't keep secrets. */
  readonly box: {
    readonly seal: (secret: string, ownerId: string) => Uint8Array
    readonly open: (sealed: Uint8Array, ownerId: string) => string | null
  } | null
}

/** Reads a secret; null: there is none, or it was encrypted elsewhere. It can be decrypted under its own key only. */
export function readSecret({ read, box }: KeyStore, key: string): string | null {
  const kept = read(key)
  return kept === null || box === null ? null : box.open(Buffer.from(kept, 'base64'), key)
}

/** Stores a secret; null: deletes it. Returns whether that succeeded; if not, the previous one may remain. */
export function keepSecret({ read, note, box }: KeyStore, key: string, secret: string | null): boolean {
  if (secret !== null && box === null) return false
  const sealed = secret === null || box === null ? '' : Buffer.from(box.seal(secret, key)).toString('base64')
  note(key, sealed)
  return read(key) === sealed
}

const signingKeyBytes = 32
/** A key that signs, kept sealed as other secrets are. A copy of the store that another console can't unseal gets a new one. */
export function openSigningKey(kept: KeyStore, name: string): Uint8Array {
  const known = Buffer.from(readSecret(kept, name) ?? '', 'base64')
  if (known.length === signingKeyBytes) return known
  const made = randomBytes(signingKeyBytes)
  // Where it can't be kept, it lasts as long as this process.
  keepSecret(kept, name, made.toString('base64'))
  return made
}
