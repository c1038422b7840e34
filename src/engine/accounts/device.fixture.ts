import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { PasskeyAnswer } from '../../shared/accounts.ts'

/** Where the console is that passkeys are made for. */
export const origin = 'https://noc.example.org'

const sha = (data: string | Buffer) => createHash('sha256').update(data).digest()
const head = (major: number, length: number) =>
  length < 24 ? Buffer.from([(major << 5) | length]) : Buffer.from([(major << 5) | 25, length >> 8, length & 255])
const text = (value: string) => Buffer.concat([head(3, value.length), Buffer.from(value)])
const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value])

/** A device that keeps passkeys, and always finds the right person before it. */
export interface Device {
  readonly id: Buffer
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  counter: number
}
export function newDevice(): Device {
  return { id: randomBytes(16), counter: 0, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}
const clientData = (type: string, challenge: string, from: string) => Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }))
function authenticatorData(host: string, flags: number, counter: number, more = Buffer.alloc(0)): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  return Buffer.concat([sha(host), Buffer.from([flags]), count, more])
}
interface Spoiled {
  readonly from?: string
  readonly host?: string
  readonly flags?: number
}
/** What a device answers that makes a passkey. */
export function make(device: Device, challenge: string, { from = origin, host = 'noc.example.org', flags = 0x45 }: Spoiled = {}): PasskeyAnswer {
  const { x = '', y = '' } = device.publicKey.export({ format: 'jwk' })
  const key = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ])
  const data = authenticatorData(host, flags, device.counter, Buffer.concat([Buffer.alloc(16), Buffer.from([0, device.id.length]), device.id, key]))
  const attestation = Buffer.concat([head(5, 3), text('fmt'), text('none'), text('attStmt'), head(5, 0), text('authData'), bytes(data)])
  const id = device.id.toString('base64url')
  return {
    ...{ id, rawId: id, type: 'public-key' },
    response: { clientDataJSON: clientData('webauthn.create', challenge, from).toString('base64url'), attestationObject: attestation.toString('base64url') },
  }
}
/** What a device answers that signs in. */
export function use(device: Device, challenge: string, user: string, { from = origin, host = 'noc.example.org', flags = 0x05 }: Spoiled = {}): PasskeyAnswer {
  const data = authenticatorData(host, flags, ++device.counter)
  const client = clientData('webauthn.get', challenge, from)
  const signature = sign('sha256', Buffer.concat([data, sha(client)]), device.privateKey)
  const id = device.id.toString('base64url')
  const userHandle = Buffer.from(user).toString('base64url')
  return {
    ...{ id, rawId: id, type: 'public-key' },
    response: {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle,
    },
  }
}
