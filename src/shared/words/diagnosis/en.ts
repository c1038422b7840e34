import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, joined, where } from '../texts.ts'
import type { DiagnosisWords } from './diagnosisWords.ts'

const say = sayIn('en')
const onPort = (port: number | null) => (port === null ? '' : ` (port ${port})`)
const days = (count: number) => say.count(count, { one: 'day', other: 'days' })

export const en: Rest<DiagnosisWords> = {
  stateIs: (state) => `State: ${state}.`,
  found: {
    resolved: ({ addresses }) => `It is ${addresses.join(', ')}.`,
    maybeOff: ({ setting }, door) =>
      `${door} does not answer at its usual port. The configuration could not be read, so it may be switched off ("${setting}") or listen elsewhere.`,
    switchedOff: ({ setting }, door) => `${door} is switched off in the configuration ("${setting}").`,
    loopbackOnly: ({ bound }, door) => `${door} listens on the server itself only (${bound}).`,
    certificate: ({ names, issuer, validTo, chain, pinned, daysLeft }) =>
      joined(
        `For ${names || 'no name'}, issued by ${issuer || 'nobody'}, ${say.count(chain, { one: 'certificate', other: 'certificates' })} in the chain.`,
        daysLeft === null ? `Valid until ${say.momentOf(validTo)}.` : `It ends in ${days(daysLeft)}, at ${say.momentOf(validTo)}.`,
        pinned && 'It is the pinned one.',
      ),
    apiAnswers: ({ version }) => (version === null ? 'It answers; its version is older than 1.15.2.' : `MediaMTX ${version} answers.`),
    rtspAnswers: ({ methods }) => (methods.length === 0 ? 'It answers.' : `It answers: ${methods.join(', ')}.`),
    otherProgram: (_, door) => `What answers does not speak ${door || 'what it should'}.`,
    processRuns: ({ pid, startedAt }) => joined(`MediaMTX runs (process ${pid}).`, startedAt !== null && `Since ${say.momentOf(startedAt)}.`),
    processUnclear: ({ count }) =>
      `${say.count(count, { one: 'media server runs', other: 'media servers run' })} there; which of them is this one can't be told.`,
    processMissing: ({ active, result, exitStatus }) =>
      joined(
        'No media server runs there.',
        active !== null && `Its unit is ${active || 'unknown'} (${result || 'no result'}${exitStatus === null ? '' : `, exit status ${exitStatus}`}).`,
      ),
    hostPorts: ({ listening, loopback, missing }) =>
      joined(
        listening.length > 0 && `Listening: ${listening.map(({ port, user }) => `${port} (${user})`).join(', ')}.`,
        loopback.length > 0 && `On the machine itself only: ${loopback.map(({ port }) => port).join(', ')}.`,
        missing.length > 0 && `Nothing listens at ${missing.map(({ port }) => port).join(', ')}.`,
        listening.length + loopback.length + missing.length === 0 && 'None of its ports is on this machine.',
      ),
    logSays: ({ from, closed }) =>
      joined(from === 'journal' ? 'It was read from the journal.' : 'It was read from its log file.', closed !== null && `The last publisher left: ${closed}.`),
    streamIs: ({ codecs, readers, said }) =>
      joined(
        codecs.length > 0 && `Tracks: ${codecs.join(', ')}.`,
        readers !== null && `${say.count(readers, { one: 'reader', other: 'readers' })}.`,
        said !== null && `The server says: ${said}`,
      ),
    noSuchStream: ({ configured }) =>
      configured === false ? 'The server has no such stream, and no path is configured for it.' : 'The server has no such stream.',
    mayNotPublish: ({ status, who, proxied }) =>
      joined(
        `This console's user may not publish here (${status}), which says nothing of others.`,
        who === 'users' && 'By the configuration, only named users or certain addresses may.',
        proxied && 'What refuses does not call itself MediaMTX: a proxy stands before it.',
      ),
    nobodyMayPublish: ({ status }) => `No user of the configuration may publish here${where(status?.toString(), (code) => ` (WHIP ${code})`)}.`,
    publisherWas: ({ address, endedAt, bytes }) =>
      joined(`It was ${address ?? 'somebody'}, until ${say.momentOf(endedAt)}.`, bytes !== null && `${say.size(bytes)} had come.`),
    described: ({ media }) => (media.length === 0 ? 'It can be read.' : `It can be read: ${media.join(', ')}.`),
    rtspRefused: ({ status, message, credentials }) =>
      status === 401
        ? `Refused (401)${credentials ? ' with the credentials of this console' : ': it wants credentials'}.`
        : `Refused: ${status}${where(message, (words) => ` ${words}`)}.`,
    webRefused: ({ status, message, credentials }) =>
      status === 401 || status === 403
        ? `Refused (${status})${credentials ? ' with the credentials of this console' : ': it wants credentials'}.`
        : `Refused: ${status}${where(message, (words) => ` (${words})`)}.`,
    playlist: ({ longestSegmentSeconds, lowLatency }) =>
      joined(
        longestSegmentSeconds !== null && `Segments of up to ${say.number(longestSegmentSeconds)} s.`,
        lowLatency ? 'Low-latency HLS.' : 'Without low latency: players are several segments behind.',
      ),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'No segment came in time, though the page did: key frames are probably far apart.'
        : `Segments end at key frames, which are ${say.number(seconds)} s or more apart.`,
    notCarried: ({ codecs }, door) => `Not tried: ${door} carries none of its tracks (${codecs.join(', ')}).`,
  },
  verdicts: {
    nameUnknown: ({ host }) => [`The name ${host} can't be resolved.`, 'Check its spelling and the DNS of this machine, or use the IP address.'],
    hostSilent: ({ host }) => [
      `Nothing at ${host} answers, at any port.`,
      'The machine is off, or the network, a VPN or a firewall in between drops everything: try to reach it another way first.',
    ],
    nothingListens: ({ host }) => [
      `${host} is there, but no port of MediaMTX is open: it does not run.`,
      'Look at its service and its log on the machine ("systemctl status mediamtx"). If it ended at its start, a port may be taken ("address already in use").',
    ],
    portInUse: ({ port, protocol }) => [
      `MediaMTX does not run: at its start port ${port} (${protocol.toUpperCase()}) was taken.`,
      'Find the program on the machine ("ss -ltnup"), give one of the two another port, and start MediaMTX.',
    ],
    processEnded: ({ host, active, exitStatus, said }) => [
      joined(
        `MediaMTX does not run on ${host}.`,
        active !== null && `Its unit is ${active || 'unknown'}${exitStatus === null ? '' : `, exit status ${exitStatus}`}.`,
        said !== null && `Last line of its log: ${said}`,
      ),
      'Start it ("systemctl start mediamtx"), and look at its log if it ends again.',
    ],
    firewalled: ({ door, port }, name) => [
      `${name(door)} listens on the host at port ${port}, but that port is closed from here: a firewall is in between.`,
      `Open it on the host ("nft list ruleset", "ufw status") and in the network${door === 'srt' ? ' (UDP)' : ''}.`,
    ],
    portTaken: ({ door, port }, name) => [
      `MediaMTX does not run, and another program has the port of ${name(door)}${onPort(port)}: MediaMTX ends at its start where one of its ports is taken.`,
      'Find that program on the machine ("ss -ltnp"), give one of the two another port, and start MediaMTX.',
    ],
    apiElsewhere: ({ api }) => [`The API is not where this console asks, but at ${api}.`, 'Enter that address for the server.'],
    apiOff: ({ port }) => [
      `MediaMTX runs, but its API does not listen${onPort(port)}.`,
      'Switch it on in mediamtx.yml ("api: yes"), and let it listen for this console (apiAddress).',
    ],
    apiFiltered: ({ port }) => [
      `MediaMTX runs, but the port of its API${onPort(port)} does not answer at all: a firewall drops the packets.`,
      'Open it from this console to the server.',
    ],
    doorLoopback: ({ door, setting, bound }, name) => [
      `${name(door)} listens on the server itself only (${bound}).`,
      `To reach it from elsewhere, take the address out of ${setting}Address in mediamtx.yml.`,
    ],
    doorRefuses: ({ door, port }, name) => [
      `${name(door)} is switched on, but nothing listens${onPort(port)}.`,
      'Its configuration was changed without a restart, its port is mapped elsewhere (container), or it could not be opened: look at the log.',
    ],
    doorSilent: ({ door, port }, name) => [
      `${name(door)} is switched on, but its port${onPort(port)} does not answer: it is filtered between here and the server.`,
      `Open it in the firewalls in between${door === 'srt' ? ' (UDP)' : ''}. Others may reach it where we don't.`,
    ],
    doorOther: ({ door, port }, name) => [
      `A program other than ${name(door)} of MediaMTX answers${onPort(port)}.`,
      'Two programs are configured for this port, or a proxy leads elsewhere: give one of them another port.',
    ],
    pathNotConfigured: ({ path }) => [
      `No path of the configuration is for ${path}: publishing and reading end with an error (500).`,
      'Add the path to mediamtx.yml, or "all_others:" for all names.',
    ],
    sourceFails: ({ path, said }) => [
      `The server pulls ${path} itself, and its source gives nothing${behindColon(said)}${said === null ? '.' : ''}`,
      "Check the source's address, its credentials, and that the server reaches it.",
    ],
    publishingForbidden: ({ path, status }) => [
      `No user of the configuration may publish ${path}: each publisher is refused${where(status?.toString(), (code) => ` (WHIP ${code})`)}.`,
      'Give the encoder\'s user "action: publish" for this path in authInternalUsers of mediamtx.yml.',
    ],
    publisherLost: ({ path, door, address, at, said }, name) => [
      `The publisher of ${path} (${name(door)}${where(address, (from) => `, ${from}`)}) left at ${say.momentOf(at)} and did not come back.${where(said, (reason) => ` Log of the server: ${reason}.`)}`,
      'Look at the encoder and at the network between it and the server. The log of the server says at that time why the connection ended ("closed:").',
    ],
    publishingRefused: ({ path, status, proxied }) => [
      `Nobody publishes ${path}, and publishing with wrong credentials is refused (WHIP ${status}).`,
      proxied
        ? 'What refuses does not call itself MediaMTX: look at the proxy before it first.'
        : 'Check user and password of the encoder, and that this user has "action: publish" for the path.',
    ],
    nobodyPublishes: ({ path }) => [
      `The server works, but nobody publishes ${path}.`,
      'Check the encoder: does it run, does it use this server, this name and a user that may publish? If it tried, the log of the server says why it was refused.',
    ],
    stalled: ({ path }) => [
      `${path} is connected, but sends nothing.`,
      'Look at the encoder and at its network: the connection is open but carries no data. If it does not come back, disconnect its session.',
    ],
    readingRefused: ({ door }, name) => [
      `${name(door)} lets nobody read with the credentials of this console.`,
      'Give this user the permission "action: read" for the path in mediamtx.yml. Other users may be let in.',
    ],
    readingFails: ({ door, status, message }, name) => [
      `${name(door)} refuses to give the stream: ${status}${where(message, (words) => ` (${words})`)}.`,
      'Look at the log of the server at this moment.',
    ],
    notCarried: ({ doors, codecs }, name) => [
      `The stream is on air, but none of its tracks (${codecs.join(', ')}) can be read by ${doors.map(name).join(' or ')}.`,
      codecs.includes('MPEG-TS')
        ? 'Read it by RTSP; or, where it is published by RTSP, set "rtspDemuxMpegts: yes" for its path (from 1.17.0).'
        : 'Read it by RTSP, or let the source send H264 and Opus or AAC.',
    ],
    noSegment: ({ seconds }) => [
      seconds === null
        ? 'The stream is on air, but HLS had no segment in time: its key frames are probably far apart.'
        : `The stream is on air, but starts late by HLS: segments end at key frames, which are ${say.number(seconds)} s or more apart.`,
      'Let the encoder send a key frame every 1 or 2 seconds (GOP). A probe measures how far apart they are.',
    ],
    delayHigh: ({ seconds, lowLatency }) => [
      joined(
        'The stream plays, but late by HLS.',
        seconds !== null && `Its segments are up to ${say.number(seconds)} s long, as keyframes are that far apart.`,
        !lowLatency && 'Low latency is switched off.',
      ),
      joined(
        seconds !== null && 'Let the encoder send a keyframe (GOP) every 1 or 2 s.',
        !lowLatency && 'Set "hlsVariant: lowLatency" in mediamtx.yml, or play by WebRTC.',
      ),
    ],
    certificateEnds: ({ door, days: left }, name) => [`Everything answers. The certificate of ${name(door)} ends in ${days(left)}.`, 'Renew it before.'],
    waits: ({ path }) => [
      `Everything answers. ${path} is on demand and starts when somebody reads it.`,
      'To try its source, diagnose it again and let it be started.',
    ],
    unfinished: () => ['Too much was left without an answer to name a cause.', 'Look at the steps below, and try again.'],
    allWell: ({ off, maybeOff }, name) => [
      joined(
        'Everything that was tried answers as it should.',
        off.length > 0 && `Switched off in the configuration: ${off.map(name).join(', ')}.`,
        maybeOff.length > 0 && `Not answering at the usual port, perhaps switched off: ${maybeOff.map(name).join(', ')}.`,
      ),
      '',
    ],
  },
  atDoor: (door) => `${door}: `,
}
