import { isAtLeast } from './isAtLeast.ts'

/** The newest version of MediaMTX whose sources were read for what mtxdeck says of versions. */
export const newestKnownVersion = 'v1.20.1'

interface Listed {
  readonly global: Readonly<Record<string, unknown>>
  readonly pathDefaults: Readonly<Record<string, unknown>>
}

/** A setting that each version brought, newest first (`internal/conf/conf.go` and `path.go` at their tags): versions list all settings that they have. */
const marks: readonly (readonly [version: string, setting: string])[] = [
  ['v1.20.1', 'moqTransport'],
  ['v1.20.0', 'forward'],
  ['v1.19.3', 'runOnAvailable'],
  ['v1.19.2', 'rtspScale'],
  ['v1.19.1', 'rtspTrustedProxies'],
  ['v1.19.0', 'moq'],
  ['v1.18.1', 'hlsCDNSecret'],
  ['v1.17.0', 'rtspDemuxMpegts'],
  ['v1.16.2', 'dumpPackets'],
  ['v1.16.1', 'authHTTPFingerprint'],
  ['v1.16.0', 'alwaysAvailable'],
  ['v1.15.6', 'logStructured'],
  ['v1.15.4', 'apiAllowOrigins'],
  ['v1.14.0', 'rtpSDP'],
  ['v1.13.1', 'recordMaxPartSize'],
  ['v1.13.0', 'srtpAddress'],
  ['v1.12.3', 'authJWTJWKSFingerprint'],
  ['v1.12.1', 'authJWTExclude'],
  ['v1.12.0', 'useAbsoluteTimestamp'],
  ['v1.11.3', 'webrtcSTUNGatherTimeout'],
  ['v1.11.0', 'rtspTransports'],
  ['v1.9.0', 'authJWTClaimKey'],
  ['v1.8.3', 'webrtcHandshakeTimeout'],
  ['v1.8.2', 'hlsMuxerCloseAfter'],
  ['v1.8.0', 'apiEncryption'],
  ['v1.6.0', 'authMethod'],
  ['v1.5.1', 'rpiCameraAWBGains'],
  ['v1.5.0', 'playback'],
]

/** The oldest version that has all of these settings. */
function oldestWith({ global, pathDefaults }: Listed): string {
  return marks.find(([, setting]) => Object.hasOwn(global, setting) || Object.hasOwn(pathDefaults, setting))?.[0] ?? 'v1.3.0'
}

/** Whether a version is older than another, which is written `1.17.1`. */
export function isBefore(version: string, since: string): boolean {
  const [major = 0, minor = 0, patch = 0] = since.split('.').map(Number)
  return !isAtLeast(version, major, minor, patch)
}

/**
 * The version to judge a server by: what it reports, or the oldest that has all of its settings, where that is newer, as for builds without a version
 * (`v0.0.0`) and those that count otherwise.
 */
export function judgedVersion(version: string | null, listed: Listed): string {
  const byList = oldestWith(listed)
  return version === null || isBefore(version, byList.slice(1)) ? byList : version
}

/** Whether it runs this release as it was published: what is wrong with that may be otherwise in a build of one's own. */
export function isRelease(version: string | null, listed: Listed): version is string {
  return version !== null && /^v?\d+\.\d+\.\d+$/.test(version) && judgedVersion(version, listed) === version
}
