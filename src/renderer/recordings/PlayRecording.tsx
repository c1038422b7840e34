import { Download, Play, X } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { z } from 'zod'
import { pictureText } from '../../i18n/pictureText.ts'
import { type PictureReason, pictureReasonSchema } from '../../shared/previews.ts'
import { longestPlaybackMs, playbackAddress } from '../../shared/recordings.ts'
import { entryTime, formatSpan, formatTime, zoneOf } from '../../shared/units.ts'
import { fileNameOf, followLink, saveFile } from '../app/actions.ts'
import { shell } from '../app/connection.ts'
import { consoleAddress } from '../app/consoleAddress.ts'
import { failureText } from '../app/failureText.ts'
import { zone } from '../app/preferences.ts'
import { readTypedMoment } from '../app/typedMoment.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { TextField } from '../ui/Field.tsx'

/** What is played in one go: the server's connection is open as long, ms. */
const playMs = 3_600_000
const jumps = [-3_600_000, -600_000, 600_000, 3_600_000] as const

interface PlayedStream {
  readonly serverId: string
  readonly server: string
  readonly path: string
}
interface Span {
  readonly from: number
  readonly to: number
}

interface PlayerProps {
  readonly stream: PlayedStream
  /** Where it begins, and the end of what is recorded without a gap, epoch ms. */
  readonly from: number
  readonly piece: Span
  readonly onFrom: (from: number) => void
  readonly onClose: () => void
}
/** Plays a recording in the window. The playback server has no ranges: who wants another place begins there. */
export function RecordingPlayer({ stream, from, piece, onFrom, onClose }: PlayerProps) {
  const [refused, setRefused] = useState<{ readonly address: string; readonly why: NotPlayed } | null>(null)
  const until = Math.min(piece.to, from + playMs)
  const address = consoleAddress(playbackAddress({ server: stream.serverId, path: stream.path, since: from, until, download: false }))
  // Another place is another try, whatever an answer about the one before says.
  const why = refused?.address === address ? refused.why : null
  const jump = (ms: number) => onFrom(Math.max(piece.from, Math.min(piece.to - 1_000, from + ms)))
  return (
    <div className="mb-2 flex flex-col gap-1.5">
      <div className="flex items-center gap-1.5">
        <span className="min-w-0 flex-1 truncate tabular-nums">{t('recordings.play', { time: formatTime(from, zone) })}</span>
        <Button look="quiet" label={t('recordings.stop')} onClick={onClose} icon={X} />
      </div>
      {why === null ? (
        <video
          key={address}
          src={address}
          controls
          autoPlay
          muted
          playsInline
          aria-label={stream.path}
          className="aspect-video w-full rounded-md bg-black"
          onError={() => void whyNot(address).then((reason) => setRefused({ address, why: reason ?? { kind: 'notDecoded' } }))}
          onEnded={() => until < piece.to && onFrom(until)}
        />
      ) : (
        <p role="alert" className="text-critical">
          {why.kind === 'notDecoded' ? t('recordings.notDecoded') : wordsOf(why)}
        </p>
      )}
      <div className="flex flex-wrap gap-1.5">
        {jumps.map((ms) => (
          <Button key={ms} onClick={() => jump(ms)} disabled={ms < 0 ? from <= piece.from : from + ms >= piece.to}>
            {ms < 0 ? '−' : '+'} {formatSpan(Math.abs(ms))}
          </Button>
        ))}
      </div>
    </div>
  )
}

type Refusal = PictureReason | { readonly kind: 'callFailed'; readonly error: unknown }
type NotPlayed = Refusal | { readonly kind: 'notDecoded' }
const refusalSchema = z.object({ why: pictureReasonSchema })
const wordsOf = (why: Refusal): string => (why.kind === 'callFailed' ? failureText(why.error) : pictureText(why, language))

async function refusalOf(answer: Response): Promise<Refusal> {
  const refusal = refusalSchema.safeParse(await answer.json().catch(() => null))
  return refusal.success ? refusal.data.why : { kind: 'callFailed', error: new Error(answer.statusText) }
}

/** Why an address plays nothing; null: it does. */
async function whyNot(address: string): Promise<Refusal | null> {
  const stop = new AbortController()
  try {
    const answer = await fetch(address, { signal: stop.signal })
    return answer.ok ? null : await refusalOf(answer)
  } catch (error) {
    return { kind: 'callFailed', error }
  } finally {
    stop.abort()
  }
}

export function PlayButton({ onPlay, label }: { readonly onPlay: () => void; readonly label: string }) {
  return <Button look="quiet" label={label} onClick={onPlay} icon={Play} />
}

/** A desktop window keeps a file in memory until it is saved. */
const mostKeptBytes = 1_000_000_000

interface DownloadProps {
  readonly stream: PlayedStream
  readonly span: Span
  readonly onPlay: (at: number) => void
}
/** Plays from any moment, and saves any span of a recording as a file. */
export function PlayOrDownload({ stream, span, onPlay }: DownloadProps) {
  const [entered, setEntered] = useState({ from: entryTime(span.from, zone), to: entryTime(Math.min(span.to, span.from + playMs), zone) })
  const [wrong, setWrong] = useState<{ readonly at: 'from' | 'to'; readonly words: string } | null>(null)
  const [busy, setBusy] = useState(false)
  const momentOf = (at: 'from' | 'to'): number | null => {
    const read = readTypedMoment(entered[at], zoneOf(zone), span.from)
    if (read === null) setWrong({ at, words: t('past.unreadable') })
    return read
  }
  const play = () => {
    setWrong(null)
    const at = momentOf('from')
    if (at !== null) onPlay(at)
  }
  const run = async () => {
    setWrong(null)
    const [since, until] = [momentOf('from'), momentOf('to')]
    if (since === null || until === null) return
    if (until <= since || until - since > longestPlaybackMs) {
      setWrong({ at: 'to', words: t('recordings.spanWrong') })
      return
    }
    setBusy(true)
    try {
      const why = await download(stream, since, until, t('recordings.tooLarge'))
      if (why !== null) toast.error(t('common.failedReason', { reason: wordsOf(why) }))
    } catch (error) {
      toast.error(t('common.failedReason', { reason: failureText(error) }))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className="mt-2 flex flex-wrap items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        void run()
      }}
    >
      {(['from', 'to'] as const).map((at) => (
        <TextField
          key={at}
          label={t(at === 'from' ? 'common.from' : 'recordings.to')}
          value={entered[at]}
          onChange={(event) => setEntered((before) => ({ ...before, [at]: event.target.value }))}
          error={wrong?.at === at ? wrong.words : null}
          className="min-w-[180px] flex-1"
        />
      ))}
      <div className="flex w-full gap-1.5">
        <Button icon={Play} onClick={play} text={t('common.play')} />
        <Button icon={Download} type="submit" disabled={busy} text={t('recordings.download')} />
      </div>
    </form>
  )
}

/** Why it was not saved; null: it was. */
async function download({ serverId, server, path }: PlayedStream, since: number, until: number, tooLarge: string): Promise<Refusal | null> {
  const addressOf = (asFile: boolean) => consoleAddress(playbackAddress({ server: serverId, path, since, until, download: asFile }))
  const address = addressOf(true)
  const name = `${fileNameOf(server, path, new Date(since).toISOString().slice(0, 19))}.mp4`
  if (shell) {
    // A desktop window does not download files by itself.
    const answer = await fetch(address)
    if (!answer.ok || answer.body === null) return refusalOf(answer)
    await saveFile(name, await wholeOf(answer.body, tooLarge))
    return null
  }
  // A refusal would be saved as a file: whether there is one, the beginning tells.
  const why = await whyNot(addressOf(false))
  if (why !== null) return why
  followLink(name, address)
  return null
}

async function wholeOf(body: ReadableStream<Uint8Array<ArrayBuffer>>, tooLarge: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > mostKeptBytes) {
      await reader.cancel()
      throw new Error(tooLarge)
    }
    parts.push(value)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
