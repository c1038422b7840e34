import { Radio } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useConnection } from '../app/client.ts'
import { Middle } from '../app/Loaded.tsx'
import { toWelcome } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { fleet, useEngineGone, useServers, useVerdict } from './fleet.ts'
import { withoutText } from './fleetFigures.ts'
import { May } from './me.tsx'

export function NoServers({ className }: { readonly className?: string }) {
  return (
    <EmptyState
      {...(className !== undefined && { className })}
      icon={<Radio size={28} />}
      title={t('common.noServersYet')}
      actions={
        <May needs="administer">
          <Link to={toWelcome} className="rounded-md bg-accent px-3 py-1 font-semibold text-on-accent">
            {t('common.addAServer')}
          </Link>
        </May>
      }
    >
      {t('settings.noneText')}
    </EmptyState>
  )
}

/** All is well, what is wrong is put away, or the state of some servers is unknown. */
export function NoTrouble({ away, className = '' }: { readonly away: number; readonly className?: string }) {
  const verdict = useVerdict()
  const gone = useEngineGone()
  useServers()
  const { totals, missing } = fleet.figures()
  const without = withoutText(missing, t)
  return (
    <div className={`flex h-full items-center justify-center gap-2.5 px-3.5 ${className}`} role="status">
      <Mark kind={verdict === 'well' ? 'ok' : verdict === 'unknown' ? 'unknown' : 'idle'} size={14} />
      <b className="font-semibold">
        {t(away > 0 || verdict === 'well' ? 'overview.penaltyEmpty' : verdict === 'nothing' ? 'overview.mapEmpty' : 'common.someStatesUnknown')}
      </b>
      <span className="min-w-0 text-muted">
        {gone
          ? t('overview.penaltyGone')
          : away > 0
            ? t('overview.penaltyAway', { count: away })
            : verdict === 'unknown' &&
              [t('overview.penaltyUnknown', { count: totals.unknown ?? 0 }), without].filter((words) => words !== undefined).join(' · ')}
      </span>
    </div>
  )
}

export function NotInBundle() {
  return (
    <Middle>
      <EmptyState title={t('past.notInBundle')} />
    </Middle>
  )
}

interface NothingWatchedProps {
  readonly title: string
  readonly text?: string
  readonly actions?: ReactNode
  readonly ofBundle?: string
}
/** `actions` add the first one, which nothing else on the page does; not shown in the past. */
export function NothingWatched({ title, text = '', actions, ofBundle = t('past.notInBundle') }: NothingWatchedProps) {
  const past = useMoment() !== null
  const isBundle = useConnection().hello?.bundle != null
  return (
    <Middle>
      <EmptyState title={isBundle ? ofBundle : title} actions={past || isBundle ? undefined : actions}>
        {isBundle ? undefined : text}
      </EmptyState>
    </Middle>
  )
}
