// The streams of the bench `probes`, in a process of their own: `streamsChild.ts CLIP.ts LENGTH_MS PICTURE.ts` sends both clips, which are equally long, without end
// over HTTP in real time, and the second one over RTSP, packed as MPEG-TS. Tells their addresses, ends with its parent.
import { readFileSync } from 'node:fs'
import { startLiveTs } from '../fakes/liveTs.ts'
import { startRtspServer } from '../fakes/rtspServer.ts'

const [clip = '', clipMs = '', picture = ''] = process.argv.slice(2)
const live = await startLiveTs(readFileSync(clip), Number(clipMs))
const liveHd = await startLiveTs(readFileSync(picture), Number(clipMs))
const rtsp = await startRtspServer({ clip: readFileSync(picture), lastsMs: Number(clipMs) })
process.send?.({ live: live.url, liveHd: liveHd.url, rtsp: rtsp.url })
process.on('disconnect', () => process.exit(0))
