import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { Agent } from 'undici'
import { type Clock, type Timer, timeLimit } from '../../clock/clock.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import { type CameraInput, cameraInputSchema, type FoundCamera, type NetworkSearchResult, searchKeptMs } from '../../shared/cameras.ts'
import { ipNetworkOf, ipOf, isInNetwork } from '../../shared/ipAddresses.ts'
import type { Operator } from '../../shared/permissions.ts'
import { redactUrl } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { visibleText } from '../../shared/visibleText.ts'
import { errorCode } from '../readBounded.ts'
import type { Cameras, StoredCamera } from './cameras.ts'
import { type DeviceFacts, httpSchemes, ownAddress, readDevice, unread } from './onvifDevice.ts'
import { type Credentials, elementAt, parseXml, textAt } from './soap.ts'

/** Devices answer for this long after the first question, ms. It is repeated, since datagrams get lost. */
const listenMs = 5_000
const askedAgainMs = [500, 1_500]
/** Of one search, and of one address, behind which there may be several. */
const [mostDevices, mostDevicesOfAddress] = [256, 8]
/** What answers may be: who sends more, or longer ones, is no camera. */
const [longestAnswer, mostAnswers, mostAnswersOfAddress] = [16_384, 8_000, 40]
/** Devices are read so many at once, and each and all of them for so long, ms. */
const [readAtOnce, deviceMs, readingMs] = [16, 10_000, 60_000]
/** From which clouds give out credentials: no camera has it. */
const metadataAddress = '169.254.169.254'

/** An address of this machine, with its network as `10.1.0.7/16`. */
interface Network {
  readonly name: string
  readonly address: string
  readonly cidr: string
}
export interface SearchedNetworks {
  readonly networks: () => readonly Network[]
  /** Whom devices listen to. */
  readonly target: { readonly address: string; readonly port: number }
}
/** Those of WS-Discovery, by IPv4. */
const discovery: SearchedNetworks = { networks: outsideNetworks, target: { address: '239.255.255.250', port: 3_702 } }
function outsideNetworks(): readonly Network[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ internal, family, address, cidr }) => (internal || family !== 'IPv4' || cidr === null ? [] : [{ name, address, cidr }])),
  )
}

export type NetworkSearch = ReturnType<typeof createNetworkSearch>
interface Asked {
  readonly networkId: string
  readonly user: string
  readonly password: string
}
type Chosen = Pick<CameraInput, 'name' | 'streams'>

/** Searches a network for ONVIF devices, one search at a time, and keeps what the last one found, with the secrets of its addresses. */
export function createNetworkSearch({
  clock,
  cameras,
  signal,
  networks = discovery.networks,
  target = discovery.target,
}: Partial<SearchedNetworks> & { readonly clock: Clock; readonly cameras: Pick<Cameras, 'seenBy'>; readonly signal: AbortSignal }) {
  let isRunning = false
  let kept: { readonly by: string; readonly at: number; readonly byId: ReadonlyMap<string, Chosen> } | null = null
  const idOf = ({ name, address }: Network) => `${name} ${address}`

  async function searchIn(network: Network, { user, password }: Asked, operator: Operator): Promise<NetworkSearchResult> {
    const credentials = user === '' ? null : { user, password }
    using reading = timeLimit(clock, listenMs + readingMs, signal)
    // Cameras have certificates of their own making. A digest of the password is all that they are sent.
    const agent = new Agent({ connect: { rejectUnauthorized: false }, maxHeaderSize: 16_384, headersTimeout: 0, bodyTimeout: 0 })
    await using open = new AsyncDisposableStack()
    const dispatcher = open.adopt(agent, (one) => one.destroy())
    const semaphore = createSemaphore(readAtOnce)
    const read = async (service: URL): Promise<DeviceFacts> => {
      if (!(await semaphore.acquire(reading.signal))) return unread('failed')
      using limit = timeLimit(clock, deviceMs, reading.signal)
      try {
        return await readDevice({ clock, dispatcher, signal: limit.signal }, service, credentials)
      } finally {
        semaphore.release()
      }
    }
    const heard = await discover({ clock, network, target, own: new Set(outsideNetworks().map(({ address }) => address)), signal, read })
    const devices = await Promise.all(heard.devices.map(async (device) => ({ ...device, facts: await device.facts })))
    signal.throwIfAborted()
    const { found, byId } = foundCameras(devices, credentials, cameras.seenBy(operator))
    kept = { by: operator.id, at: clock.now(), byId }
    return { found, more: heard.more, notSent: heard.notSent }
  }

  return {
    networks: () => networks().map((network) => ({ id: idOf(network), name: network.name, address: network.address })),
    async search(asked: Asked, operator: Operator): Promise<Result<NetworkSearchResult, 'NOT_FOUND' | 'CONFLICT'>> {
      const network = networks().find((one) => idOf(one) === asked.networkId)
      if (network === undefined) return err('NOT_FOUND')
      if (isRunning) return err('CONFLICT')
      isRunning = true
      try {
        return ok(await searchIn(network, asked, operator))
      } finally {
        isRunning = false
      }
    },
    /** What the operator's last search found by these ids; null: one of them is not known any more. */
    chosen(ids: readonly string[], operator: Operator): readonly Chosen[] | null {
      const byId = kept !== null && kept.by === operator.id && clock.now() - kept.at <= searchKeptMs ? kept.byId : null
      const found = [...new Set(ids)].flatMap((id) => byId?.get(id) ?? [])
      return found.length === new Set(ids).size ? found : null
    },
  }
}

/** What a device says of itself as it answers. */
interface Said {
  readonly name: string | null
  readonly make: string | null
  readonly model: string | null
}
interface Heard<Facts> extends Said {
  readonly address: string
  readonly facts: Facts
}
interface DiscoverDeps {
  readonly clock: Clock
  readonly network: Network
  readonly target: SearchedNetworks['target']
  readonly own: ReadonlySet<string>
  readonly signal: AbortSignal
  readonly read: (service: URL) => Promise<DeviceFacts>
}
/** Asks the devices of a network for themselves, and reads each one as soon as it has answered. */
function discover({ clock, network, target, own, signal, read }: DiscoverDeps) {
  const messageId = `urn:uuid:${randomUUID()}`
  const devices = new Map<string, Heard<Promise<DeviceFacts>>>()
  const answersOf = new Map<string, number>()
  let answers = 0
  let more = false
  const within = ipNetworkOf(network.cidr)
  // Multicast crosses no router, so that an answer from elsewhere is forged.
  const isNeighbour = (address: string) => {
    const ip = ipOf(address)
    return ip !== null && within !== null && isInNetwork(ip, within) && !own.has(address) && address !== metadataAddress
  }
  const hear = (bytes: Buffer, address: string): void => {
    const before = answersOf.get(address) ?? 0
    if (bytes.length > longestAnswer || answers >= mostAnswers || before >= mostAnswersOfAddress || !isNeighbour(address)) return
    answers++
    answersOf.set(address, before + 1)
    const match = probeMatch(bytes.toString('utf8'), messageId)
    if (match === null) return
    const services = match.services.map((text) => ownAddress(text, address, httpSchemes)).filter((url) => url !== null)
    const service = services.find(({ protocol }) => protocol === 'http:') ?? services[0]
    const key = service?.href ?? address
    if (devices.has(key)) return
    const ofAddress = [...devices.values()].filter((device) => device.address === address).length
    if (devices.size >= mostDevices || ofAddress >= mostDevicesOfAddress) {
      more = true
      return
    }
    devices.set(key, { address, ...match.says, facts: service === undefined ? Promise.resolve(unread('elsewhere')) : read(service) })
  }
  const question = Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:MessageID>${messageId}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header><s:Body><d:Probe xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><d:Types xmlns:n="http://www.onvif.org/ver10/network/wsdl">n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>`,
  )
  return new Promise<{ devices: readonly Heard<Promise<DeviceFacts>>[]; more: boolean; notSent: string | null }>((resolve) => {
    const socket = createSocket('udp4')
    const timers: Timer[] = []
    let isOver = false
    const end = (notSent: string | null) => {
      if (isOver) return
      isOver = true
      for (const timer of timers) clock.clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.close()
      resolve({ devices: [...devices.values()], more, notSent })
    }
    const onAbort = () => end(null)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (error) => end(errorCode(error)))
    socket.on('message', (bytes, { address }) => hear(bytes, address))
    socket.bind(0, network.address, () => {
      try {
        socket.setMulticastInterface(network.address)
        socket.setMulticastTTL(1)
      } catch (error) {
        return end(errorCode(error))
      }
      const ask = () => socket.send(question, target.port, target.address, (error) => error && end(errorCode(error)))
      ask()
      timers.push(
        ...askedAgainMs.map((ms) => clock.setTimeout(ask, ms)),
        clock.setTimeout(() => end(null), listenMs),
      )
    })
    if (signal.aborted) onAbort()
  })
}

/** What the answer to a question of ours says; null: it is none. */
function probeMatch(xml: string, messageId: string): { readonly services: readonly string[]; readonly says: Said } | null {
  const envelope = parseXml(xml)
  if (textAt(envelope, 'Header', 'RelatesTo') !== messageId) return null
  const match = elementAt(envelope, 'Body', 'ProbeMatches', 'ProbeMatch')
  if (match === null) return null
  const scopes = textAt(match, 'Scopes').split(/\s+/, 200)
  const scope = (kind: string) => {
    const start = `onvif://www.onvif.org/${kind}/`
    const found = scopes.find((one) => one.startsWith(start))
    return found === undefined ? null : nameIn(found.slice(start.length))
  }
  return {
    services: textAt(match, 'XAddrs').split(/\s+/, 20),
    says: { name: scope('name'), make: scope('manufacturer'), model: scope('hardware') },
  }
}
const longestName = 60
/** A part of an address as text that can be a camera's name; null: nothing is left of it. */
function nameIn(part: string): string | null {
  let text = part
  try {
    text = decodeURIComponent(part)
  } catch {}
  const name = cameraInputSchema.shape.name.safeParse(visibleText(text).replaceAll(/\s+/g, ' ').trim().slice(0, longestName))
  return name.success ? name.data : null
}

/** The cameras of devices, by their addresses. Which of them is one already is known by its address. */
function foundCameras(devices: readonly Heard<DeviceFacts>[], credentials: Credentials | null, seen: readonly StoredCamera[]) {
  const byAddress = new Map<string, StoredCamera>()
  for (const camera of seen)
    for (const address of camera.addresses) for (const key of address === null ? [] : keysOf(address)) if (!byAddress.has(key)) byAddress.set(key, camera)
  const taken = new Set<string>()
  const found: FoundCamera[] = []
  const byId = new Map<string, Chosen>()
  const byNumber = new Intl.Collator('en', { numeric: true })
  for (const { address, facts, ...says } of devices.toSorted((one, other) => byNumber.compare(one.address, other.address))) {
    const make = facts.make ?? says.make
    const model = facts.model ?? says.model
    const called = says.name ?? nameIn(joined(make, model))
    for (const [place, streams] of (facts.sources.length > 0 ? facts.sources : [[]]).entries()) {
      const own = joined(called, facts.sources.length > 1 ? place + 1 : null)
      const name = called === null || taken.has(own) ? joined(own, address) : own
      taken.add(name)
      const id = randomUUID()
      const keys = streams.length > 0 ? streams.map((stream) => keysOf(stream.address)[0] ?? '') : [address]
      const camera = keys.map((key) => byAddress.get(key)).find((one) => one !== undefined)
      found.push({
        ...{ id, address, name, make, model, why: streams.length > 0 ? null : facts.why },
        streams: streams.map((stream) => ({ use: stream.use, address: redactUrl(stream.address) })),
        camera: camera === undefined ? null : { id: camera.id, name: camera.input.name },
      })
      if (streams.length > 0) byId.set(id, { name, streams: streams.map(({ use, address: bare }) => ({ use, address: withCredentials(bare, credentials) })) })
    }
  }
  return { found, byId }
}
function joined(...words: readonly (string | number | null)[]): string {
  return words.filter(Boolean).join(' ')
}
/** By what an address is found again, whoever it is read as: itself, and its host. */
function keysOf(address: string): readonly string[] {
  if (!URL.canParse(address)) return []
  const { hostname, port, pathname, search } = new URL(address)
  return [`${hostname}:${port || '554'}${pathname}${search}`, hostname]
}
function withCredentials(address: string, credentials: Credentials | null): string {
  if (credentials === null) return address
  const user = [credentials.user, credentials.password].map(encodeURIComponent).join(':')
  return address.replace('//', `//${user}@`)
}
