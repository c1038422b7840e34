import { Camera } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { formatDuration, formatTime } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { useNow } from '../ui/now.ts'
import { whyText } from './pictureLife.ts'
import type { PictureWhy } from './pictureWays.ts'

/**
 * - none: not requested.
 * - refused: not available, with the reason; if that is `onDemand`, a source would have to be started for it.
 * - taken: `why` is a remark about it, if any.
 */
export type Still =
  | { readonly state: 'none' }
  | { readonly state: 'taking' }
  | { readonly state: 'refused'; readonly why: PictureWhy }
  | { readonly state: 'taken'; readonly src: string; readonly at: number; readonly why: PictureWhy | null }

/** A single picture of a stream, taken on request. A new `occasion` drops it, because it is outdated. */
export function useStill(serverId: string, path: string, occasion: string) {
  const [still, setStill] = useState<Still>({ state: 'none' })
  const under = useRef<AbortController | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new stream or occasion drops the still
  useEffect(() => {
    setStill({ state: 'none' })
    return () => under.current?.abort()
  }, [serverId, path, occasion])

  const take = useCallback(
    (wake: boolean) => {
      under.current?.abort()
      const own = new AbortController()
      under.current = own
      // The previous still stays until the next one is ready.
      setStill((before) => (before.state === 'taken' ? before : { state: 'taking' }))
      client.previews.still({ serverId, path, wake }, { signal: own.signal }).then(
        (answer) => {
          if (own.signal.aborted) return
          if (answer.jpeg === null) setStill({ state: 'refused', why: answer.why })
          else setStill({ state: 'taken', src: `data:image/jpeg;base64,${answer.jpeg}`, at: answer.at, why: answer.why })
        },
        (error: unknown) => {
          if (!own.signal.aborted) setStill({ state: 'refused', why: { kind: 'callFailed', error } })
        },
      )
    },
    [serverId, path],
  )
  return { still, take }
}

/** Offers a still below the reason why nothing plays, or says why there is none. */
export function StillOffer({ still, take }: { readonly still: Still; readonly take: (wake: boolean) => void }) {
  const asks = still.state === 'refused' && still.why.kind === 'onDemand'
  return (
    <>
      {still.state === 'refused' && (
        <span className="max-w-[46ch] rounded bg-black/60 px-1.5 text-[#b6c1cd]">
          {asks ? t('preview.onDemandText') : still.why.kind === 'noFfmpeg' ? t('preview.stillNoFfmpeg') : whyText(still.why, language)}
        </span>
      )}
      <Button icon={Camera} className="mt-1.5" disabled={still.state === 'taking'} onClick={() => take(asks)}>
        {t(still.state === 'taking' ? 'snapshot.taking' : 'preview.takeStill')}
      </Button>
    </>
  )
}

/** A still instead of the live picture, with its time, its age, and why nothing plays. */
export function StillPicture({
  still,
  reason,
  take,
}: {
  readonly still: Extract<Still, { readonly state: 'taken' }>
  readonly reason: string
  readonly take: (wake: boolean) => void
}) {
  const now = useNow()
  return (
    <div className="absolute inset-0">
      <img src={still.src} alt={t('snapshot.of', { time: formatTime(still.at) })} className="h-full w-full object-contain" data-still={still.at} />
      {/* Not role="status": its age would be announced every second. */}
      <div className="absolute bottom-2 left-2 mr-12 rounded bg-black/70 px-2 py-0.5 text-sm text-[#dfe6ee]">
        {t('snapshot.of', { time: formatTime(still.at) })} · {t('common.ageOld', { age: formatDuration(Math.max(0, now - still.at)) })} · {reason}
        {still.why !== null && ` · ${whyText(still.why, language)}`}
      </div>
      <Button label={t('preview.takeAnother')} onClick={() => take(false)} className="!absolute right-2 bottom-2" icon={Camera} />
    </div>
  )
}
