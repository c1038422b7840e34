import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A profile of a device: one of the streams of a source of pictures. */
interface Profile {
  readonly token: string
  readonly source: string
  readonly width: number
  readonly height: number
  /** Left out: at the device. */
  readonly uri?: string
}
type Operation = 'GetSystemDateAndTime' | 'GetDeviceInformation' | 'GetCapabilities' | 'GetProfiles' | 'GetStreamUri'
interface DeviceOptions {
  readonly name?: string
  /** null: it asks for none. */
  readonly credentials?: { readonly user: string; readonly password: string } | null
  readonly profiles?: readonly Profile[]
  /** Its clock, epoch ms. */
  readonly time?: number
  /** Datagrams with which it answers a question instead; `service`: where it speaks SOAP. */
  readonly answers?: (question: { readonly id: string; readonly service: string }) => readonly (string | Buffer)[]
  /** What it answers to an operation instead. */
  readonly replies?: Partial<Record<Operation, string | ((response: ServerResponse) => void)>>
  /** Where the media service is; left out: at the device. */
  readonly media?: string
  /** Joins this group on loopback, as a device in a network does. */
  readonly group?: string
}

const soapOf = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"><SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`
/** The answer of WS-Discovery. */
export const probeMatch = (id: string, services: string, scopes: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>urn:uuid:1</w:MessageID><w:RelatesTo>${id}</w:RelatesTo></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch><w:EndpointReference><w:Address>urn:uuid:2</w:Address></w:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${services}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>`
const notAuthorized = soapOf(
  '<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode><SOAP-ENV:Value xmlns:ter="http://www.onvif.org/ver10/error">ter:NotAuthorized</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">Sender not Authorized</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>',
)

/** An ONVIF device on loopback: it answers WS-Discovery by UDP, and SOAP with WS-UsernameToken by HTTP. */
export async function startOnvifDevice({
  name = 'Gate%20north',
  credentials = { user: 'view', password: 'right & long' },
  profiles = [
    { token: 'low', source: 'v1', width: 640, height: 360 },
    { token: 'high', source: 'v1', width: 2560, height: 1440 },
  ],
  time = Date.UTC(2020, 0, 1),
  answers,
  replies = {},
  media,
  group,
}: DeviceOptions = {}) {
  /** Operations that were asked for, in order. */
  const asked: string[] = []
  /** Everything that it was sent. */
  const received: string[] = []
  const isSigned = (body: string): boolean => {
    const of = (tag: string) => new RegExp(`<\\w+:${tag}(?: [^>]*)?>([^<]*)<`).exec(body)?.[1] ?? ''
    const digest = createHash('sha1')
      .update(Buffer.from(of('Nonce'), 'base64'))
      .update(of('Created'))
      .update(credentials?.password ?? '')
      .digest('base64')
    return of('Username') === credentials?.user && of('Password') === digest && Math.abs(Date.parse(of('Created')) - time) < 10_000
  }
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      received.push(`${request.url} ${body}`)
      const operation = (/<(Get\w+) xmlns/.exec(body)?.[1] ?? '') as Operation
      asked.push(operation)
      const reply = replies[operation]
      if (typeof reply === 'function') return reply(response)
      const isOpen = credentials === null || operation === 'GetSystemDateAndTime' || isSigned(body)
      response.writeHead(isOpen ? 200 : 400, { 'Content-Type': 'application/soap+xml' })
      const token = /<ProfileToken>([^<]*)</.exec(body)?.[1]
      response.end(isOpen ? (reply ?? said[operation](token)) : notAuthorized)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const service = `http://127.0.0.1:${(http.address() as AddressInfo).port}/onvif/device_service`
  const at = new Date(time)
  const said: Readonly<Record<Operation, (token?: string) => string>> = {
    GetSystemDateAndTime: () =>
      soapOf(
        `<tds:GetSystemDateAndTimeResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:UTCDateTime><tt:Time><tt:Hour>${at.getUTCHours()}</tt:Hour><tt:Minute>${at.getUTCMinutes()}</tt:Minute><tt:Second>${at.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${at.getUTCFullYear()}</tt:Year><tt:Month>${at.getUTCMonth() + 1}</tt:Month><tt:Day>${at.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
      ),
    GetDeviceInformation: () =>
      soapOf(
        '<tds:GetDeviceInformationResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><tds:Manufacturer>Acme &amp; Sons</tds:Manufacturer><tds:Model>Dome 4</tds:Model><tds:FirmwareVersion>1.2</tds:FirmwareVersion><tds:SerialNumber>77</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>',
      ),
    GetCapabilities: () =>
      soapOf(
        `<tds:GetCapabilitiesResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><tds:Capabilities><tt:Media><tt:XAddr>${media ?? service.replace('device', 'media')}</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`,
      ),
    GetProfiles: () =>
      soapOf(
        `<trt:GetProfilesResponse xmlns:trt="http://www.onvif.org/ver10/media/wsdl">${profiles
          .map(
            ({ token, source, width, height }) =>
              `<trt:Profiles fixed="true" token="${token}"><tt:Name>${token}</tt:Name><tt:VideoSourceConfiguration token="c"><tt:SourceToken>${source}</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="e"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles>`,
          )
          .join('')}</trt:GetProfilesResponse>`,
      ),
    GetStreamUri: (token) => {
      const uri = profiles.find((profile) => profile.token === token)?.uri ?? `rtsp://127.0.0.1:554/media?profile=${token}`
      return soapOf(
        `<trt:GetStreamUriResponse xmlns:trt="http://www.onvif.org/ver10/media/wsdl"><trt:MediaUri><tt:Uri>${uri.replaceAll('&', '&amp;')}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`,
      )
    },
  }
  const udp = createSocket('udp4')
  let questions = 0
  udp.on('message', (bytes, from) => {
    const id = /MessageID>([^<]*)</.exec(bytes.toString())?.[1] ?? ''
    questions++
    const scopes = `onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/Dome onvif://www.onvif.org/name/${name}`
    for (const answer of answers?.({ id, service }) ?? [probeMatch(id, `http://[fe80::1]/onvif ${service}`, scopes)]) udp.send(answer, from.port, from.address)
  })
  udp.bind(0, group === undefined ? '127.0.0.1' : undefined)
  await once(udp, 'listening')
  if (group !== undefined) udp.addMembership(group, '127.0.0.1')
  return {
    service,
    asked: asked as readonly string[],
    received: received as readonly string[],
    /** Number of questions by WS-Discovery. */
    questions: () => questions,
    /** For the options of an engine. */
    searched: {
      networks: () => [{ name: 'lo', address: '127.0.0.1', cidr: '127.0.0.1/8' }],
      target: { address: group ?? '127.0.0.1', port: udp.address().port },
    },
    [Symbol.asyncDispose]: async () => {
      udp.close()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
