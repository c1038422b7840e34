import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Mail, Printer } from 'lucide-react'
import { useMemo } from 'react'
import { handoverDocument } from '../../i18n/handoverText.ts'
import type { BriefHandover } from '../../shared/handovers.ts'
import { formatMoment } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { Loaded, PageNotLoaded } from '../app/Loaded.tsx'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t, useLanguage } from '../app/words.ts'
import { HandoverDialog } from '../shift/HandoverDialogs.tsx'
import { ShiftPaper } from '../shift/ShiftPaper.tsx'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { Panel } from '../ui/Panel.tsx'
import { NowAlone } from './ofSubject.tsx'

/** Availability is of full minutes. */
const everyMs = 60_000
const listed = 100
const closed = { hand: null, take: null }

/** What would be handed over now, or was then (`?id=`), with the earlier ones beside it. */
export function HandoverPage() {
  return useMoment() === null ? <Handovers /> : <NowAlone />
}

function Handovers() {
  const language = useLanguage()
  const { zone } = usePreferences()
  const [params, change] = usePageParams()
  const id = Number(params.get('id') ?? 0)
  const current = useQuery({ ...orpc.handovers.current.queryOptions(), refetchInterval: everyMs, placeholderData: keepPreviousData })
  const stored = useQuery({ ...orpc.handovers.get.queryOptions({ input: { id } }), enabled: id > 0, staleTime: Number.POSITIVE_INFINITY })
  const list = useQuery({ ...orpc.handovers.list.queryOptions({ input: { limit: listed } }), refetchInterval: everyMs })
  const open = (next: number | null) => change({ ...closed, id: next === null ? null : String(next) }, false)
  const brief = list.data?.find((one) => one.id === id)
  const shown = id > 0 ? stored : current
  const paper = useMemo(() => {
    if (id === 0) return current.data && handoverDocument(current.data.facts, null, language, zone)
    return stored.data && handoverDocument(stored.data.facts, { ...stored.data, taken: brief?.taken ?? stored.data.taken }, language, zone)
  }, [id, current.data, stored.data, brief, language, zone])
  const [last] = list.data ?? []
  const untaken = last?.taken === null ? last : undefined
  const taken = list.data?.find((one) => String(one.id) === params.get('take') && one.taken === null)
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-2">
        <h1 className="mr-auto font-[650] text-xl">{paper?.title ?? t('pages.handover')}</h1>
        {paper !== undefined && <Button icon={Printer} onClick={() => window.print()} text={t('common.print')} />}
        {id > 0 ? (
          <>
            <MailMenu id={id} />
            <Button onClick={() => open(null)}>{t('shift.backToCurrent')}</Button>
          </>
        ) : (
          <Button look="primary" onClick={() => change({ hand: '' }, false)} disabled={current.data === undefined} text={t('shift.handOver')} />
        )}
      </div>
      {untaken !== undefined && (
        <Banner
          kind="minor"
          title={t('shift.waiting', { by: untaken.by, time: formatMoment(untaken.at, 'minute') })}
          actions={
            <>
              {untaken.id !== id && <Button onClick={() => open(untaken.id)}>{t('shift.open')}</Button>}
              <Button look="primary" onClick={() => change({ take: String(untaken.id) }, false)} text={t('shift.takeOver')} />
            </>
          }
        />
      )}
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-y-auto min-[1100px]:grid-cols-[minmax(0,1fr)_290px]">
        {paper === undefined ? (
          <PageNotLoaded failed={shown.error === null ? null : failureText(shown.error)} title="common.cannotBeRead" rows={10} />
        ) : (
          <ShiftPaper document={paper} />
        )}
        <Panel title={t('shift.earlier')} className="self-start">
          <Loaded query={list} rows={3}>
            {(all) => <Earlier all={all} id={id} onOpen={open} />}
          </Loaded>
        </Panel>
      </div>
      {current.data !== undefined && (params.has('hand') || taken !== undefined) && (
        <HandoverDialog operator={current.data.operator} taken={taken ?? null} onDone={open} onClose={() => change(closed)} />
      )}
    </>
  )
}

function Earlier({ all, id, onOpen }: { readonly all: readonly BriefHandover[]; readonly id: number; readonly onOpen: (id: number) => void }) {
  if (all.length === 0) return <p className="text-muted">{t('shift.noEarlier')}</p>
  return (
    <ul className="flex flex-col">
      {all.map((one) => (
        <li key={one.id} className="border-line not-last:border-b">
          <button
            type="button"
            onClick={() => onOpen(one.id)}
            aria-current={one.id === id ? 'true' : undefined}
            className={`w-full rounded px-1.5 py-1.5 text-left hover:bg-hover ${one.id === id ? 'bg-accent-soft' : ''}`}
          >
            <span className="block font-medium">{formatMoment(one.at, 'minute')}</span>
            <span className="block truncate text-muted text-sm">
              {one.by} → {one.taken?.by ?? '–'}
            </span>
            {one.note !== '' && <span className="block truncate text-faint text-sm">{one.note}</span>}
          </button>
        </li>
      ))}
    </ul>
  )
}

function MailMenu({ id }: { readonly id: number }) {
  const query = useQuery({ ...orpc.channels.list.queryOptions(), select: (all) => all.filter(({ kind }) => kind === 'email') })
  return (
    <Menu width={240} trigger={<Button icon={Mail}>{t('shift.mail')}</Button>}>
      <Loaded query={query} rows={2}>
        {(channels) =>
          channels.length === 0 ? (
            <p className="px-2 py-1 text-muted">{t('shift.noMail')}</p>
          ) : (
            channels.map(({ name }) => (
              <MenuClose
                key={name}
                className="rounded px-2 py-1 text-left hover:bg-hover"
                onClick={() => void act(client.handovers.mail({ id, channel: name }), t('shift.queued', { name }))}
              >
                {name}
              </MenuClose>
            ))
          )
        }
      </Loaded>
    </Menu>
  )
}
