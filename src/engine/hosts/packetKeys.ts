import { createSecretKey } from 'node:crypto'
import type { Client } from 'ssh2'

/** Fields of ssh2 1.17 with the keys for each packet (lib/protocol/crypto.js): those of AES-GCM, and those of the MACs. */
const fields = ['_encKey', '_decipherKey', '_macKey']

type Cipher = Record<string, unknown>

function hold(cipher: Cipher | undefined): void {
  if (cipher === undefined) return
  for (const field of fields) {
    const key = cipher[field]
    if (key instanceof Uint8Array && key.length > 0) cipher[field] = createSecretKey(key)
  }
}

/**
 * Replaces the keys of a connection by key objects of Node. ssh2 creates a cipher for each packet from the key's bytes, and Node finds out
 * that bytes are not a key object by throwing and catching two errors, which is a third of a packet's cost. The keys are in
 * internal fields of ssh2: if one has another name or form it stays unchanged, and works as before.
 */
export function holdPacketKeys(client: Client): void {
  const protocol = (client as unknown as { readonly _protocol?: { readonly _cipher?: Cipher; readonly _decipher?: Cipher } })._protocol
  hold(protocol?._cipher)
  hold(protocol?._decipher)
}
