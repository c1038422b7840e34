import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { storedFacts } from '../storage/storedJson.ts'

/** Format of the result of `packAlarm`. A different dictionary needs a new number, as data is unpacked with the dictionary it was packed with. */
const form = 1
/** Maximum unpacked size: 500 changes with the longest texts that operators may enter fit. */
const mostBytes = 16 << 20

/**
 * Common parts of the JSON of alarms, the most frequent last: halves the size of alarms that are packed one by one. Part of the format, so it must never
 * change.
 */
const dictionary = Buffer.from(
  [
    '{"kind":"serverError","error":{"kind":"refused","because":"connection refused"}},{"kind":"happened","event":{"kind":"publisherChanged","at":17,"subject":null,"ownerName":null,"facts":{',
    '"kind":"offUsual","metric":"path.bitrateIn","side":"below","value":,"factor":6,"low":,"high":,"weeks":6,"weekday":5,"hour":20,"zone":"UTC"',
    '"kind":"changedFast","metric":"path.bitrateIn","per":null,"change":-,"isRelative":true,"withinMs":60000,"limit":50}',
    '"kind":"diskFilling","mount":"/","fullAt":17},"kind":"hostDown","subject":{"kind":"host","hostId":"},"kind":"device","device":"',
    '"kind":"consoleTrouble","trouble":{"kind":"},"consoleOffline","messageRefused","storeFailing","serverDown","serverSilent","serverHalted","hostDown","apiOpen","slateOnAir",',
    '"runbook":"","runbookUrl":"https://","said":"","calmSince":17,"planned":true,"was":[{"trouble":"streamStalled","severity":"minor","until":17}],',
    '"alike":{"together":,"path":,"address":,"source":,"network":,"agent":,"servers":},"unsure":[',
    '"shelf":{"by":"","at":17,"until":17,"reason":"","endsHealedForMs":null},{"kind":"shelved","by":"","at":17},{"kind":"unshelved","at":17,"by":null},',
    '{"kind":"suppressed","at":17,"because":"server"},{"kind":"released","at":17,"because":"maintenance"},"because":"console"},"because":"paused"},"because":"host"},',
    '{"kind":"commented","at":17,"by":"","text":"},{"kind":"unacknowledged","at":17,"by":null},{"kind":"turned","at":17,"trouble":"streamGone","severity":"critical","again":true},',
    '{"kind":"returned","at":17,"trouble":"streamGone","severity":"critical","since":17,"why":{"kind":"senderLeft","pulled":false}},',
    '"causes":[{"kind":"publisherClosed","sureness":"likely"},{"kind":"packetsLost"},{"kind":"hostUnwatched"}],',
    '"origin":{"address":"192.168.1.","agent":"GStreamer","source":"10.0.0.","agent":null,"source":null},',
    '"why":{"kind":"streamEnded","reason":"terminated","sourceType":"rtspSession","protocol":"rtsp","readers":0,"bytes":},"why":{"kind":"packetsLost","count":,"estimated":false},',
    '"metric":"path.framesInError","metric":"host.cpu","metric":"path.rtt","metric":"path.rtpLost","per":"path.latency","side":"above","metric":"path.readers",',
    '"why":{"kind":"limitCrossed","metric":"path.bitrateIn","per":null,"side":"below","value":,"limit":500000,"clear":600000},',
    '"rule":"streamStalled","rule":"bitrateLow","kind":"limitCrossed","kind":"streamStalled","severity":"major","severity":"minor","severity":"warning",',
    '[{"kind":"streamGone","rule":"streamGone","subject":{"kind":"stream","serverId":"00000000-0000-4000-8000-000000000000","path":"},"serverName":"","severity":"critical",',
    '"since":17,"why":{"kind":"streamOff"},"streams":0,"readers":0,"id":"","incident":"","raisedAt":17,"healedAt":17,"suppressedBy":null,"count":1,"streams":null,"readers":null,',
    '"acknowledged":{"by":"","at":17,"until":null},"shelf":null,"comments":0,"closed":{"at":17,"because":"healed"}},"acknowledged":null,"shelf":null,"comments":0,',
    '[{"kind":"raised","at":17,"trouble":"streamGone","severity":"critical","since":17,"why":{"kind":"streamOff"}},',
    '{"kind":"healed","at":17,"since":17},{"kind":"acknowledged","by":"","at":17,"until":null},{"kind":"closed","at":17,"because":"healed"}]]',
  ].join(''),
)

/** Packs the JSON texts of an alarm and its changes: small, at little cost. */
export function packAlarm(alarm: string, changes: readonly string[]): Buffer {
  const packed = deflateRawSync(`[${alarm},[${changes.join(',')}]]`, { dictionary, level: 6 })
  return Buffer.concat([Buffer.of(form), packed])
}

/** Unpacks and parses an alarm and its changes; null: the data is invalid, such as after a bit flip. */
export function unpackAlarm(packed: Uint8Array): readonly [alarm: unknown, changes: readonly unknown[]] | null {
  if (packed[0] !== form) return null
  let text: string
  try {
    text = inflateRawSync(packed.subarray(1), { dictionary, maxOutputLength: mostBytes }).toString()
  } catch {
    return null
  }
  const read = storedFacts(text)
  return Array.isArray(read) && read.length === 2 && Array.isArray(read[1]) ? [read[0], read[1]] : null
}
