import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Encrypts small secrets at rest: AES-256-GCM, a fresh 96-bit nonce each, bound to its owner's id. */
export type SecretBox = ReturnType<typeof createSecretBox>

const nonceBytes = 12
const tagBytes = 16
const formatVersion = 1

/** `key` has 32 bytes. Layout: version (1) · nonce (12) · tag (16) · ciphertext. */
export function createSecretBox(key: Uint8Array) {
  return {
    seal: (secret: string, ownerId: string): Uint8Array => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(ownerId))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(formatVersion), nonce, cipher.getAuthTag(), text])
    },
    /** null when the key is wrong, the bytes were changed, or they belong to another owner. */
    open: (sealed: Uint8Array, ownerId: string): string | null => {
      if (sealed[0] !== formatVersion || sealed.length < 1 + nonceBytes + tagBytes) return null
      const nonce = sealed.subarray(1, 1 + nonceBytes)
      const tag = sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes)
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(ownerId)).setAuthTag(tag)
        return Buffer.concat([decipher.update(sealed.subarray(1 + nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
      } catch {
        return null // the tag does not match: expected after a change of key
      }
    },
  }
}
