import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** ASN.1 DER: one tag, its length, its content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = body.length < 0x100 ? Buffer.from([0x81, body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from([tag]), length, body])
}
const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content)
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
// UTCTime: right for years before 2050.
const time = (ms: number) => der(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))
const commonName = (name: string) => sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(name)))))

const dayMs = 86_400_000

interface DemoCertificate {
  readonly key: string
  readonly cert: string
  /** SHA-256. */
  readonly fingerprint: string
}

/** A self-signed certificate for 127.0.0.1 and its key, as many MediaMTX servers have them; made new each time (X.509 v3, ECDSA P-256). `validForMs`: from now on, to the second. */
export function createDemoCertificate(name: string, now: number, validForMs = 365 * dayMs): DemoCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
  const serial = randomBytes(9)
  serial[0] = 1
  const altNames = sequence(der(0x87, Buffer.from([127, 0, 0, 1])), der(0x82, Buffer.from('localhost')))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    commonName(name),
    sequence(time(now - dayMs), time(now + validForMs)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(objectId('551d11'), der(0x04, altNames)))),
  )
  const signature = sign('sha256', body, privateKey)
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
  const fingerprint = createHash('sha256').update(certificate).digest('hex').toUpperCase().match(/../g)?.join(':') ?? ''
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem, fingerprint }
}
