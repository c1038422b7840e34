import { createSecretKey } from 'node:crypto'
import type { Client } from 'ssh2'

/** Where ssh2 1.17 keeps what each packet is encrypted with (lib/protocol/crypto.js): AES-GCM's keys, and those of the MACs. */
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
 * Lets Node hold the keys of a connection. ssh2 makes a cipher for each packet, from the key's bytes, and Node finds out
 * that bytes are no key object by throwing two errors and catching them: a third of what a packet costs. The keys are in
 * fields of ssh2 that are its own: where one has another name or form it stays as it is, and works as before.
 */
export function holdPacketKeys(client: Client): void {
  const protocol = (client as unknown as { readonly _protocol?: { readonly _cipher?: Cipher; readonly _decipher?: Cipher } })._protocol
  hold(protocol?._cipher)
  hold(protocol?._decipher)
}
