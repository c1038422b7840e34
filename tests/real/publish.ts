// Publishes a clip in real time, over and over, as encoders would, to one address or to several: `publish.ts CLIP FORMAT TRANSPORT URL…`
// (TRANSPORT: tcp, udp, or - where there is no choice). A process of its own, so that a test can freeze it (SIGSTOP) or end it like a real
// one. Each connection that is lost is made again. Prints a JSON line a second: what the first one really sent.
import { Demuxer, Muxer } from 'node-av/api'

const [clip, format, transport, ...urls] = process.argv.slice(2)
if (!clip || !format || !transport || urls.length === 0) throw new Error('usage: publish.ts CLIP FORMAT tcp|udp|- URL…')

const again = 200
const sent = { bytes: 0, packets: 0 }
const began = performance.now()
setInterval(() => console.log(JSON.stringify({ atMs: performance.now() - began, ...sent })), 1000)
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Until the connection is lost. */
const publish = async (url: string, counts: boolean) => {
  let input = await Demuxer.open(clip)
  try {
    // Its own queues throw where it cannot be caught when the connection is lost; the clip's packets are in order without them.
    await using output = await Muxer.open(url, {
      format,
      useSyncQueue: false,
      useAsyncWrite: false,
      ...(transport !== '-' && { options: { rtsp_transport: transport } as never }),
    })
    const indexes = new Map<number, number>()
    for (const stream of input.streams) indexes.set(stream.index, output.addStream(stream))
    const startedAt = performance.now()
    let offsetMs = 0
    for (;;) {
      let endMs = 0
      for await (const packet of input.packets()) {
        if (!packet) break
        const index = indexes.get(packet.streamIndex)
        const stream = input.streams[packet.streamIndex]
        if (index === undefined || !stream) continue
        const msOf = (ticks: bigint) => (Number(ticks) * 1000 * stream.timeBase.num) / stream.timeBase.den
        const ticksOf = (ms: number) => BigInt(Math.round((ms * stream.timeBase.den) / (1000 * stream.timeBase.num)))
        const atMs = msOf(packet.dts)
        endMs = Math.max(endMs, atMs + msOf(packet.duration))
        const waitMs = offsetMs + atMs - (performance.now() - startedAt)
        if (waitMs > 0) await sleep(waitMs)
        packet.pts += ticksOf(offsetMs)
        packet.dts += ticksOf(offsetMs)
        const size = packet.size
        await output.writePacket(packet, index)
        if (counts) {
          sent.bytes += size
          sent.packets++
        }
        packet.free()
      }
      offsetMs += endMs
      await input.close()
      input = await Demuxer.open(clip)
    }
  } finally {
    await input.close()
  }
}

await Promise.all(
  urls.map(async (url, place) => {
    for (;;) {
      await publish(url, place === 0).catch(() => {})
      await sleep(again)
    }
  }),
)
