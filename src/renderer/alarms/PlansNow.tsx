import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { toast } from 'sonner'
import type { Camera } from '../../shared/cameras.ts'
import { isFor } from '../../shared/maintenance.ts'
import type { OnAir } from '../../shared/onAir.ts'
import { ok } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import { formatMoment, formatSpan, formatStretch, formatTime } from '../../shared/units.ts'
import { client, orpc, renew } from '../app/client.ts'
import type { FormField } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { useKeys } from '../app/keys.ts'
import { toMaintenance } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { Banner } from '../ui/Banner.tsx'
import { buttonLinkClass } from '../ui/Button.tsx'
import { engineNow } from '../ui/now.ts'
import { planFor, spans, type WorkedOn, windowsNow } from './planForms.ts'

const everyMs = 5_000

/** Nothing in the past: only those of now are known. */
export function useMaintenance() {
  const live = useMoment() === null
  const { data, error } = useQuery({ ...orpc.maintenance.list.queryOptions(), enabled: live, refetchInterval: everyMs })
  return { data: live ? data : undefined, error }
}

/** Marks the page of a server or stream that is in maintenance, and binds the key that announces it. */
export function MaintenanceOf({ server, path }: { readonly server: Server | undefined; readonly path: string | null }) {
  const past = useMoment() !== null
  const { data: plans = [] } = useMaintenance()
  const [lasting] = plans
    .flatMap(({ now, ...plan }) => (now !== null && server !== undefined && isFor(plan, server, path) ? [{ name: plan.name, to: now.to }] : []))
    .sort((a, b) => b.to - a.to)
  const [asked, setAsked] = useState(false)
  useKeys('page', past || server === undefined ? [] : [{ keys: 'm', words: t('common.maintenanceFromNowOn'), run: () => setAsked(true) }])
  return (
    <>
      {lasting !== undefined && (
        <Banner
          kind="maintenance"
          title={t('maintenance.lasts', { time: formatTime(lasting.to) })}
          actions={
            <a href={`#${toMaintenance}`} className={buttonLinkClass}>
              {t('common.maintenanceWindows')}
            </a>
          }
        >
          {lasting.name} · {t('maintenance.now.means')}
        </Banner>
      )}
      {asked && server !== undefined && <MaintenanceNow on={[{ server: server.name, streams: path === null ? [] : [path] }]} onClose={() => setAsked(false)} />}
    </>
  )
}

interface Entries {
  readonly span: string
  readonly name: string
}
const spanNames = Object.keys(spans) as (keyof typeof spans)[]
const spanOf = ({ span }: Entries) => spanNames.find((one) => one === span) ?? 'hour'

const fieldsNow = (): readonly FormField<Entries>[] => [
  {
    id: 'span',
    kind: 'choice',
    label: 'maintenance.form.for',
    half: true,
    help: (t, entered) => t('common.untilTime', { time: formatMoment(engineNow() + spans[spanOf(entered)], 'minute') }),
    options: spanNames.map((value) => ({ value, label: { name: formatSpan(spans[value]) } })),
  },
  { id: 'name', kind: 'text', label: 'common.name', half: true, placeholder: (t) => t('common.maintenance'), input: { maxLength: 100 } },
]

export function MaintenanceNow({ on, onClose }: { readonly on: readonly WorkedOn[]; readonly onClose: () => void }) {
  const names = on.map(({ server, streams }) => (streams.length === 0 ? server : `${server} · ${streams.join(', ')}`)).join('; ')
  return (
    <SendDialog
      title={t('common.maintenanceFromNowOn')}
      description={names}
      submit={t('maintenance.now.do')}
      fields={fieldsNow()}
      start={{ span: 'hour', name: '' }}
      read={(entered: Entries) => ok(entered)}
      send={async (entered) => {
        const windows = windowsNow(on, { name: entered.name.trim() || t('common.maintenance'), span: spanOf(entered), now: engineNow() })
        for (const input of windows) await client.maintenance.add(input)
        await renew('maintenance')
        toast(`${t('common.maintenance')}: ${names}`)
      }}
      onClose={onClose}
    >
      <p className="text-muted">{t('maintenance.now.means')}</p>
    </SendDialog>
  )
}

/** Nothing in the past: only those of now are known. */
export function useOnAir() {
  const live = useMoment() === null
  const { data, error } = useQuery({ ...orpc.onAir.list.queryOptions(), enabled: live, refetchInterval: everyMs })
  return { data: live ? data : undefined, error }
}

/** The plan that counts for a stream now; null: none. `expected`: what its camera says, which comes first. */
export function useOnAirOf(
  server: { readonly name: string; readonly tags: readonly string[] } | undefined,
  path: string,
  expected: Camera['expected'] = null,
): OnAir | null {
  const { data: plans = [] } = useOnAir()
  if (expected === 'always' || server === undefined) return null
  return plans.find(({ id }) => id === expected) ?? planFor(plans, server, path)
}

export function OnAirFact({ plan: { name, now: lasts, next } }: { readonly plan: OnAir }) {
  const [first] = next
  return (
    <>
      <Link to={toMaintenance} className="text-accent hover:underline">
        {name}
      </Link>{' '}
      <span className="text-faint">
        {lasts !== null
          ? t('common.untilTime', { time: formatTime(lasts.to) })
          : first === undefined
            ? t('maintenance.none')
            : formatStretch(first.from, first.to)}
      </span>
    </>
  )
}
