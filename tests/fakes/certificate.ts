import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'

/** A certificate for tests, with its key, both PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
  /** SHA-256, AB:CD:… */
  readonly fingerprint: string
}

export interface TestCertificateOptions {
  /** '': it has no subject at all. */
  readonly commonName?: string
  /** DNS names and IPv4 addresses it is valid for. */
  readonly names?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Signs it; without one it signs itself. */
  readonly authority?: TestCertificate
  /** May sign others. */
  readonly isAuthority?: boolean
}

// Just enough of DER (X.690) and RFC 5280 for a P-256 certificate: Node reads certificates but makes none.
function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...contents: readonly Uint8Array[]) => element(0x30, ...contents)
const oid = (hex: string) => element(0x06, Buffer.from(hex, 'hex'))
const octets = (inner: Uint8Array) => element(0x04, inner)
const bits = (inner: Uint8Array) => element(0x03, Buffer.from([0]), inner)
const truth = element(0x01, Buffer.from([0xff]))
const nameOf = (commonName: string) =>
  commonName === '' ? sequence() : sequence(element(0x31, sequence(oid('550403'), element(0x0c, Buffer.from(commonName)))))
const timeOf = (date: Date) => element(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`))
const extension = (id: string, critical: boolean, inner: Uint8Array) => sequence(oid(id), ...(critical ? [truth] : []), octets(inner))
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))

const alternativeName = (name: string) =>
  /^\d+\.\d+\.\d+\.\d+$/.test(name) ? element(0x87, Buffer.from(name.split('.').map(Number))) : element(0x82, Buffer.from(name))

/** Makes a certificate on P-256. Valid from a day ago for a year where nothing is said. */
export function makeCertificate(options: TestCertificateOptions = {}): TestCertificate {
  const { commonName = 'mediamtx test', names = [], authority, isAuthority = false } = options
  const now = Date.now()
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = authority ? (/^CN=(.+)$/m.exec(new X509Certificate(authority.cert).subject)?.[1] ?? '') : commonName
  const signer: KeyObject = authority ? createPrivateKey(authority.key) : privateKey
  const serial = randomBytes(8)
  serial[0] = (serial[0] ?? 0) & 0x7f || 1
  const body = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, serial),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(timeOf(options.notBefore ?? new Date(now - 86_400_000)), timeOf(options.notAfter ?? new Date(now + 365 * 86_400_000))),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(
      0xa3,
      sequence(
        ...(isAuthority ? [extension('551d13', true, sequence(truth))] : []),
        ...(names.length > 0 ? [extension('551d11', false, sequence(...names.map(alternativeName)))] : []),
        ...(!isAuthority && names.length === 0 ? [extension('551d13', false, sequence())] : []),
      ),
    ),
  )
  const der = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer)))
  const cert = `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })), fingerprint: new X509Certificate(cert).fingerprint256 }
}
