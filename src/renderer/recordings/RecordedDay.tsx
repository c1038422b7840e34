import { useTranslation } from 'react-i18next'
import type { RecordingLane, RecordingPiece, RecordingPieceKind } from '../../shared/recordings.ts'
import { formatDuration, formatMoment, formatStretch, type TimeZoneChoice } from '../../shared/units.ts'

/** How a piece is drawn. */
const look: Readonly<Record<RecordingPieceKind, string>> = {
  recorded: 'bg-ok',
  slate: 'bg-slate',
  gap: 'bg-critical',
  notMeant: 'bg-line-strong',
  offAir: '',
  unknown: 'hatched',
}
/** So many pieces are listed. */
const mostListed = 100

interface RecordedDayProps {
  readonly lane: RecordingLane
  readonly zone: TimeZoneChoice
  /** What can be done with a piece, beside it. */
  readonly actions?: (piece: RecordingPiece) => React.ReactNode
  /** Where in a piece of the lane was clicked; by keys the form below does the same. */
  readonly onAt?: (at: number) => void
}
/** One day as a lane, and its pieces as a list. */
export function RecordedDay({ lane: { from, to, pieces }, zone, actions, onAt }: RecordedDayProps) {
  const { t } = useTranslation()
  const at = (moment: number) => `${((moment - from) / (to - from)) * 100}%`
  const listed = pieces.slice(0, mostListed)
  return (
    <>
      <div aria-hidden="true">
        <div
          className={`relative h-5 overflow-hidden rounded-[3px] border border-line bg-bg ${onAt === undefined ? '' : 'cursor-pointer'}`}
          onPointerUp={({ clientX, currentTarget }) => {
            const { left, width } = currentTarget.getBoundingClientRect()
            onAt?.(from + Math.min(1, Math.max(0, (clientX - left) / width)) * (to - from))
          }}
        >
          {pieces.map((piece) => (
            <i
              key={piece.from}
              className={`absolute inset-y-0 ${look[piece.is]}`}
              title={`${t(`recordings.piece.${piece.is}`)} · ${formatStretch(piece.from, piece.to, zone)}`}
              style={{ left: at(piece.from), width: at(from + piece.to - piece.from), minWidth: piece.is === 'gap' ? 2 : 0 }}
            />
          ))}
        </div>
        <div className="flex justify-between text-faint text-xs tabular-nums">
          {[from, (from + to) / 2, to].map((moment) => (
            <span key={moment}>{formatMoment(moment, 'time', zone).slice(0, 5)}</span>
          ))}
        </div>
      </div>
      <ul className="mt-1.5 flex flex-col">
        {listed.map((piece) => (
          <li key={piece.from} className="flex min-h-[28px] items-center gap-2 border-line border-t py-0.5 first:border-t-0">
            <i aria-hidden="true" className={`h-3 w-3 flex-none rounded-[2px] border border-line ${look[piece.is]}`} />
            <span className="whitespace-nowrap tabular-nums">
              {formatMoment(piece.from, 'time', zone)}–{formatMoment(piece.to, 'time', zone)}
            </span>
            <span className={piece.is === 'gap' ? 'font-medium text-critical' : 'text-muted'}>
              {t(`recordings.piece.${piece.is}`)} <span className="whitespace-nowrap text-faint">{formatDuration(piece.to - piece.from)}</span>
            </span>
            <span className="ml-auto flex flex-none gap-1">{actions?.(piece)}</span>
          </li>
        ))}
      </ul>
      {pieces.length > listed.length && <p className="text-faint">{t('common.andCountMore', { count: pieces.length - listed.length })}</p>}
    </>
  )
}
