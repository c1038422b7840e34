/** Where few secrets are kept, sealed, beside settings. */
export interface KeyStore {
  readonly read: (key: string) => string | null
  /** May fail without saying so. */
  readonly note: (key: string, value: string) => void
  /** null: this console can't keep secrets. */
  readonly box: {
    readonly seal: (secret: string, ownerId: string) => Uint8Array
    readonly open: (sealed: Uint8Array, ownerId: string) => string | null
  } | null
}

/** A kept secret; null: there is none, or it was sealed elsewhere. Its key ties it to its use. */
export function readSecret({ read, box }: KeyStore, key: string): string | null {
  const kept = read(key)
  return kept === null || box === null ? null : box.open(Buffer.from(kept, 'base64'), key)
}

/** Keeps a secret; null: forgets it. Returns whether that is stored: if not, the one before may last. */
export function keepSecret({ read, note, box }: KeyStore, key: string, secret: string | null): boolean {
  if (secret !== null && box === null) return false
  const sealed = secret === null || box === null ? '' : Buffer.from(box.seal(secret, key)).toString('base64')
  note(key, sealed)
  return read(key) === sealed
}
