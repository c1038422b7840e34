import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { CameraStream, deviceObstacles } from '../../shared/cameras.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import { quoted } from '../../shared/visibleText.ts'
import { askSoap, type Credentials, type Element, elementAt, escapeXml, type SoapFailure, textAt } from './soap.ts'

/** Of one device: a recorder has as many. */
const mostSources = 64

type AddressStream = Extract<CameraStream, { readonly address: string }>
/** What a device says of itself and its pictures. */
export interface DeviceFacts {
  readonly make: string | null
  readonly model: string | null
  /** Of each source of pictures, its streams with their addresses, without user and password. */
  readonly sources: readonly (readonly AddressStream[])[]
  readonly why: (typeof deviceObstacles)[number] | null
}
/** What is known of a device that was not read. */
export function unread(why: NonNullable<DeviceFacts['why']>): DeviceFacts {
  return { make: null, model: null, sources: [], why }
}

interface ReadingDeps {
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly signal: AbortSignal
}

/** An address that is that of the device itself: whatever else it names is not followed, as it might be anything that this console can reach. */
export function ownAddress(text: string, device: string, schemes: readonly string[]): URL | null {
  const url = URL.canParse(text) && text.length <= 2_000 ? new URL(text) : null
  return url !== null && url.hostname === device && schemes.includes(url.protocol) && url.username === '' && url.password === '' ? url : null
}
export const httpSchemes = ['http:', 'https:']

const deviceNs = 'xmlns="http://www.onvif.org/ver10/device/wsdl"'
const mediaNs = 'xmlns="http://www.onvif.org/ver10/media/wsdl"'
const schemaNs = 'xmlns="http://www.onvif.org/ver10/schema"'

/** Reads what a device is and where its streams are. It is asked at its own address only. */
export async function readDevice({ clock, ...deps }: ReadingDeps, service: URL, credentials: Credentials | null): Promise<DeviceFacts> {
  const device = service.hostname
  // A digest counts for a few seconds by the device's own clock, which anybody may ask for.
  const dated = await askSoap(deps, service, `<GetSystemDateAndTime ${deviceNs}/>`, null)
  const itsTime = dated.ok ? dateOf(elementAt(dated.value, 'SystemDateAndTime', 'UTCDateTime')) : null
  const aheadMs = itsTime === null ? 0 : itsTime - clock.now()
  const ask = (url: URL, body: string) => askSoap(deps, url, body, credentials && { credentials, at: clock.now() + aheadMs })

  const told = await ask(service, `<GetDeviceInformation ${deviceNs}/>`)
  if (!told.ok) return unread(told.error)
  const facts = { make: quoted(textAt(told.value, 'Manufacturer'), 60), model: quoted(textAt(told.value, 'Model'), 60) }
  const without = (why: Parameters<typeof unread>[0]): DeviceFacts => ({ ...unread(why), ...facts })
  const capabilities = await ask(service, `<GetCapabilities ${deviceNs}><Category>Media</Category></GetCapabilities>`)
  if (!capabilities.ok) return without(capabilities.error)
  const at = textAt(capabilities.value, 'Capabilities', 'Media', 'XAddr')
  const media = ownAddress(at, device, httpSchemes)
  if (media === null) return without(at === '' ? 'failed' : 'elsewhere')
  const profiles = await ask(media, `<GetProfiles ${mediaNs}/>`)
  if (!profiles.ok) return without(profiles.error)

  const sources: AddressStream[][] = []
  let failure: SoapFailure | 'elsewhere' | null = null
  for (const { main, sub } of mainAndSub(profiles.value.children)) {
    const streams: AddressStream[] = []
    for (const [use, token] of [
      ['main', main],
      ['sub', sub],
    ] as const) {
      if (token === null) continue
      const setup = `<StreamSetup><Stream ${schemaNs}>RTP-Unicast</Stream><Transport ${schemaNs}><Protocol>RTSP</Protocol></Transport></StreamSetup>`
      const answer = await ask(media, `<GetStreamUri ${mediaNs}>${setup}<ProfileToken>${escapeXml(token)}</ProfileToken></GetStreamUri>`)
      const uri = answer.ok ? textAt(answer.value, 'MediaUri', 'Uri') : ''
      const url = ownAddress(uri, device, ['rtsp:', 'rtsps:'])
      const address = probeInputSchema.shape.url.safeParse(url?.href)
      if (address.success && !streams.some((one) => one.address === address.data)) streams.push({ use, address: address.data })
      else if (!address.success) failure ??= answer.ok ? (uri === '' ? 'failed' : 'elsewhere') : answer.error
    }
    const [first] = streams
    if (first !== undefined) sources.push([{ ...first, use: 'main' }, ...streams.slice(1)])
  }
  return { ...facts, sources, why: sources.length > 0 ? null : (failure ?? 'failed') }
}

function dateOf(element: Element | null): number | null {
  const of = (...path: readonly string[]) => Number(textAt(element, ...path) || Number.NaN)
  const at = Date.UTC(of('Date', 'Year'), of('Date', 'Month') - 1, of('Date', 'Day'), of('Time', 'Hour'), of('Time', 'Minute'), of('Time', 'Second'))
  return Number.isFinite(at) ? at : null
}

/** Of each source of pictures the profile with the most pixels, and that with the fewest. */
function mainAndSub(profiles: readonly Element[]): readonly { readonly main: string; readonly sub: string | null }[] {
  const pixels = (profile: Element) => {
    const at = (side: string) => Number(textAt(profile, 'VideoEncoderConfiguration', 'Resolution', side)) || 0
    return at('Width') * at('Height')
  }
  const withPictures = profiles.filter(
    (profile) => profile.name === 'Profiles' && profile.token !== '' && elementAt(profile, 'VideoSourceConfiguration') !== null,
  )
  const bySource = Map.groupBy(withPictures, (profile) => textAt(profile, 'VideoSourceConfiguration', 'SourceToken'))
  return [...bySource.values()].slice(0, mostSources).flatMap((of) => {
    const [main, ...others] = of.toSorted((one, other) => pixels(other) - pixels(one))
    return main === undefined ? [] : [{ main: main.token, sub: others.at(-1)?.token ?? null }]
  })
}
