// Publishes a clip in real time, over and over, as an encoder would: `publish.ts CLIP URL FORMAT`. A process of its own, so
// that a test can freeze it (SIGSTOP) or end it like a real one. Prints a JSON line a second: what it really sent.
import { Demuxer, Muxer } from 'node-av/api'

const [clip, url, format, transport] = process.argv.slice(2)
if (!clip || !url || !format) throw new Error('usage: publish.ts CLIP URL FORMAT [tcp|udp]')

const sent = { bytes: 0, packets: 0 }
const began = performance.now()
setInterval(() => console.log(JSON.stringify({ atMs: performance.now() - began, ...sent })), 1000)

const source = await Demuxer.open(clip)
await using output = await Muxer.open(url, { format, ...(transport && { options: { rtsp_transport: transport } as never }) })
const indexes = new Map<number, number>()
for (const stream of source.streams) indexes.set(stream.index, output.addStream(stream))

let offsetMs = 0
let input = source
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
    const waitMs = offsetMs + atMs - (performance.now() - began)
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    packet.pts += ticksOf(offsetMs)
    packet.dts += ticksOf(offsetMs)
    const size = packet.size
    await output.writePacket(packet, index)
    sent.bytes += size
    sent.packets++
    packet.free()
  }
  offsetMs += endMs
  await input.close()
  input = await Demuxer.open(clip)
}
