import { Link } from 'react-router'
import { type Forward, type ForwardState, forwardName } from '../../shared/forwards.ts'
import type { Severity } from '../../shared/severities.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'

/** A failing one has the severity of its alarm; what is no alarm yet, or by no rule, is a warning. */
const marks: Readonly<Record<ForwardState, MarkKind>> = { forwarding: 'ok', failing: 'warning', waiting: 'idle', unknown: 'unknown' }
/** Data older than this, ms, is shown with its age. */
const agedMs = 15_000

interface ForwardsListProps {
  /** Of the alarm about a stream's destinations; undefined: there is none. */
  readonly severityOf: (path: string) => Severity | undefined
  readonly forwards: readonly (Forward & { readonly path: string })[]
  /** Link to each destination's stream, on a server's page. */
  readonly linkOf?: (path: string) => string
}

export function ForwardsList({ severityOf, forwards, linkOf }: ForwardsListProps) {
  const now = useNow()
  return (
    <ul className="flex flex-col gap-1.5">
      {forwards.map((forward) => {
        const { id, path, state, failingSince, lastError, bitrateBps, readAt } = forward
        const age = now - readAt
        return (
          <li key={`${path}/${id}`}>
            <div className="flex items-baseline gap-2">
              <Mark kind={(state === 'failing' ? severityOf(path) : undefined) ?? marks[state]} size={11} label={t(`forwards.state.${state}`)} />
              <div className="min-w-0 flex-1 break-words">
                {linkOf !== undefined ? (
                  <Link to={linkOf(path)} className="font-medium hover:underline">
                    {path}
                  </Link>
                ) : (
                  forwardName(forward)
                )}
              </div>
              <span className="flex-none text-muted">
                {failingSince !== null
                  ? t('forwards.failingFor', { time: formatDuration(now - failingSince) })
                  : state === 'forwarding' && bitrateBps !== null
                    ? formatValue(bitrateBps, 'bps')
                    : t(`forwards.state.${state}`)}
                {age > agedMs && ` · ${t('common.ageOld', { age: formatDuration(age) })}`}
              </span>
            </div>
            <div className="break-words pl-[19px] text-muted">
              {linkOf !== undefined && <div>{forwardName(forward)}</div>}
              {lastError !== null && <div>{t('forwards.said', { text: lastError })}</div>}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
